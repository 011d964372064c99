package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.image.GrayImage;
import org.slf4j.LoggerFactory;

@Timeout(60)
class ModelWatcherTest {
  private static final Duration INTERVAL = Duration.ofMillis(20);
  private static final GrayImage FILM = new GrayImage(16, 16, new byte[256]);

  private static final SessionSettings CPU =
      new SessionSettings(Processor.CPU, false, false, 1, false);

  @TempDir Path folder;

  private final Logger log = (Logger) LoggerFactory.getLogger(ModelWatcher.class);
  private final ListAppender<ILoggingEvent> refusals = new ListAppender<>();

  @BeforeEach
  void listen() {
    refusals.list = new CopyOnWriteArrayList<>();
    refusals.start();
    log.addAppender(refusals);
  }

  @AfterEach
  void stopListening() {
    log.detachAppender(refusals);
  }

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
      await().until(() -> refusals.list.stream().anyMatch(line -> text(line).contains("refused")));
      assertThat(classifier.classify(FILM).modelDigest()).isEqualTo(digest);

      TinyModels.write(bundle, 0, 0, 10);

      await().until(() -> classifier.classify(FILM).label().equals("normal"));
      assertThat(watcher).isNotNull();
    }
  }

  @Test
  void saysThatAChangeOfTheCardAloneIsNotTaken() throws Exception {
    Path bundle = TinyModels.write(folder.resolve("live"), 10, 0, 0).directory();
    try (FilmClassifier classifier = open(bundle);
        ModelWatcher watcher = new ModelWatcher(classifier, bundle, INTERVAL)) {
      ModelBundleWriter.write(
          bundle, TinyModels.onnx(TinyModels.SIZE, 10, 0, 0), TinyModels.card(bundle, "2"));

      await()
          .until(() -> refusals.list.stream().anyMatch(line -> text(line).contains("card alone")));
      assertThat(refusals.list).hasSize(1);
      assertThat(classifier.card().version()).isEqualTo("1");
      assertThat(watcher).isNotNull();
    }
  }

  @Test
  void triesAgainAfterAMomentWithoutMemoryAndSaysSoOnce() throws Exception {
    Path bundle = TinyModels.write(folder.resolve("live"), 10, 0, 0).directory();
    AtomicInteger opened = new AtomicInteger();
    try (FilmClassifier classifier =
            FilmClassifier.open(
                (verified, settings) -> {
                  if (opened.incrementAndGet() > 1 && opened.get() <= 4) {
                    throw new OutOfMemoryError("for a moment");
                  }
                  return OnnxModel.open(verified, settings);
                },
                bundle,
                CPU,
                BatchSettings.DEFAULT,
                INTERVAL,
                size -> {});
        ModelWatcher watcher = new ModelWatcher(classifier, bundle, INTERVAL)) {
      TinyModels.write(bundle, 0, 10, 0);

      await().until(() -> classifier.classify(FILM).label().equals("pneumonia"));
      assertThat(watcher).isNotNull();
    }
    assertThat(refusals.list)
        .filteredOn(line -> text(line).contains("OutOfMemoryError"))
        .hasSize(1);
  }

  @Test
  void goesOnAfterALookThatFailed() throws Exception {
    Path bundle = TinyModels.write(folder.resolve("live"), 10, 0, 0).directory();
    AtomicBoolean failed = new AtomicBoolean();
    Path failingOnce =
        (Path)
            Proxy.newProxyInstance(
                Path.class.getClassLoader(),
                new Class<?>[] {Path.class},
                (proxy, method, arguments) -> {
                  if (failed.compareAndSet(false, true)) {
                    throw new OutOfMemoryError("for a moment");
                  }
                  return method.invoke(bundle, arguments);
                });
    try (FilmClassifier classifier = open(bundle);
        ModelWatcher watcher = new ModelWatcher(classifier, failingOnce, INTERVAL)) {
      await().untilTrue(failed);

      TinyModels.write(bundle, 0, 10, 0);

      await().until(() -> classifier.classify(FILM).label().equals("pneumonia"));
      assertThat(watcher).isNotNull();
    }
  }

  private static String text(ILoggingEvent line) {
    return line.getFormattedMessage();
  }

  private static FilmClassifier open(Path bundle) throws Exception {
    return FilmClassifier.open(bundle, CPU, new BatchSettings(2, Duration.ZERO, 8));
  }
}
