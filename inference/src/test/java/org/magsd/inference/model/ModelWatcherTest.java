package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.image.GrayImage;

@Timeout(60)
class ModelWatcherTest {
  private static final Duration INTERVAL = Duration.ofMillis(20);
  private static final GrayImage FILM = new GrayImage(16, 16, new byte[256]);

  @TempDir Path folder;

  @Test
  void takesOverANewModel() throws Exception {
    Path bundle = TinyModels.write(folder.resolve("live"), 10, 0, 0).directory();
    try (FilmClassifier classifier = open(bundle);
        ModelWatcher watcher = new ModelWatcher(classifier, bundle, INTERVAL)) {
      assertThat(classifier.classify(FILM).label()).isEqualTo("covid19");

      TinyModels.write(bundle, 0, 10, 0);

      await().until(() -> classifier.classify(FILM).label().equals("pneumonia"));
      assertThat(watcher).isNotNull();
    }
  }

  @Test
  void goesOnWithThePresentModelWhenTheNewOneIsDamaged() throws Exception {
    Path bundle = TinyModels.write(folder.resolve("live"), 10, 0, 0).directory();
    try (FilmClassifier classifier = open(bundle);
        ModelWatcher watcher = new ModelWatcher(classifier, bundle, INTERVAL)) {
      String digest = classifier.card().sha256();
      Path card = bundle.resolve("model.json");
      Files.writeString(card, Files.readString(card).replace(digest, "f".repeat(64)));
      Thread.sleep(10 * INTERVAL.toMillis());
      assertThat(classifier.classify(FILM).modelDigest()).isEqualTo(digest);

      TinyModels.write(bundle, 0, 0, 10);

      await().until(() -> classifier.classify(FILM).label().equals("normal"));
      assertThat(watcher).isNotNull();
    }
  }

  private static FilmClassifier open(Path bundle) throws Exception {
    return FilmClassifier.open(
        bundle,
        new SessionSettings(Processor.CPU, false, false, 1, false),
        new BatchSettings(2, Duration.ZERO, 8));
  }
}
