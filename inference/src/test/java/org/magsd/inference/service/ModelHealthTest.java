package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.console.Health;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.FragileModels;
import org.magsd.inference.model.TinyModels;
import org.magsd.ingest.image.GrayImage;

/** What {@code /health/ready} says of the model. */
@Timeout(60)
class ModelHealthTest {
  private static final GrayImage FILM = new GrayImage(64, 64, new byte[64 * 64]);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final BatchSettings IMPATIENT =
      new BatchSettings(4, Duration.ofMillis(1), 16, Duration.ofMillis(200));

  @TempDir Path folder;
  private final AtomicReference<Runnable> before = new AtomicReference<>(() -> {});
  private final Health health = new Health();
  private Path bundle;

  @BeforeEach
  void write() throws Exception {
    bundle = TinyModels.write(folder.resolve("model"), 1, 0, 0).directory();
  }

  @Test
  void namesTheModelAndItsDeviceWhileItIsInService() throws Exception {
    try (FilmClassifier model = open(BatchSettings.DEFAULT)) {
      assertThat(line(model)).isEqualTo(new Health.State(true, model.card().id() + " on cpu"));
      assertThat(health.summary().ready()).isTrue();
    }
  }

  @Test
  void aModelThatFailsEndsReadinessUntilItIsBack() throws Exception {
    try (FilmClassifier model = open(BatchSettings.DEFAULT)) {
      before.set(
          () -> {
            throw new IllegalStateException("sticky error");
          });
      assertThat(model.submit(FILM)).failsWithin(PATIENCE);

      assertThat(line(model).detail()).startsWith("out of service: ").contains("sticky error");
      assertThat(health.summary().ready()).isFalse();
      before.set(() -> {});
      await().atMost(PATIENCE).until(() -> health.summary().ready());
    }
  }

  @Test
  void aModelThatHangsEndsReadinessUntilItIsBack() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (FilmClassifier model = open(IMPATIENT)) {
      before.set(() -> FragileModels.hangUntil(end));
      try {
        assertThat(model.submit(FILM)).failsWithin(PATIENCE);

        assertThat(line(model))
            .isEqualTo(
                new Health.State(false, "out of service: no answer to a batch of 1 within 0.2 s"));
        assertThat(health.summary().ready()).isFalse();
      } finally {
        before.set(() -> {});
        end.countDown();
      }
      await().atMost(PATIENCE).until(() -> health.summary().ready());
    }
  }

  private FilmClassifier open(BatchSettings batches) throws Exception {
    FilmClassifier model = FragileModels.open(bundle, batches, () -> before.get().run());
    health.watch("model", () -> InferencePart.stateOf(model));
    return model;
  }

  private static Health.State line(FilmClassifier model) {
    return InferencePart.stateOf(model);
  }
}
