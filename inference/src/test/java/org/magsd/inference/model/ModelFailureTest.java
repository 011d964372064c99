package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.image.GrayImage;
import org.slf4j.LoggerFactory;

/** A model that fails is no fault of the films: it goes out of service and comes back. */
@Timeout(60)
class ModelFailureTest {
  private static final GrayImage FILM = new GrayImage(16, 16, new byte[256]);
  private static final BatchSettings BATCHES = new BatchSettings(4, Duration.ofMillis(1), 16);

  @TempDir Path folder;
  private final List<String> openedOn = new CopyOnWriteArrayList<>();
  private final List<Fragile> opened = new CopyOnWriteArrayList<>();
  private volatile CountDownLatch reopening = new CountDownLatch(0);
  private volatile boolean broken;
  private volatile boolean gpuIsGone;

  @Test
  void aBrokenModelBlamesNoFilmAndIsOpenedAnew() throws Exception {
    try (FilmClassifier classifier = open(Processor.CPU)) {
      broken = true;
      List<CompletableFuture<Prediction>> films = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        try {
          films.add(classifier.submit(FILM));
        } catch (ModelOutOfServiceException e) {
          assertThat(e).hasMessageContaining("sticky");
        }
      }
      assertThat(films).isNotEmpty();
      for (CompletableFuture<Prediction> film : films) {
        assertThatThrownBy(film::join)
            .cause()
            .isInstanceOf(ModelOutOfServiceException.class)
            .hasMessageContaining("sticky");
      }
      await().until(() -> openedOn.size() > 2);
      assertThat(classifier.outOfService()).isPresent();
      assertThat(classifier.card().name()).isEqualTo("tiny");
      assertThatThrownBy(() -> classifier.submit(FILM))
          .isInstanceOf(ModelOutOfServiceException.class);

      broken = false;

      await().until(() -> classifier.outOfService().isEmpty());
      assertThat(classifier.classify(FILM).label()).isEqualTo("normal");
    }
  }

  @Test
  void aGpuThatIsGoneIsReplacedByTheProcessorUnlessItIsRequired() throws Exception {
    try (FilmClassifier classifier = open(Processor.parse("cuda:0"))) {
      gpuIsGone = true;
      assertThatThrownBy(() -> classifier.submit(FILM).join())
          .hasCauseInstanceOf(ModelOutOfServiceException.class);

      await().until(() -> classifier.outOfService().isEmpty());
      assertThat(classifier.device()).isEqualTo("cpu");
      assertThat(openedOn).containsExactly("cuda:0", "cuda:0", "cpu");
    }
  }

  @Test
  void aModelPutInPlaceEndsTheOutage() throws Exception {
    Path next = TinyModels.write(folder.resolve("next"), 0, 9, 0).directory();
    try (FilmClassifier classifier = open(Processor.CPU)) {
      broken = true;
      assertThatThrownBy(() -> classifier.submit(FILM).join())
          .hasCauseInstanceOf(ModelOutOfServiceException.class);
      broken = false;
      classifier.swap(next);

      assertThat(classifier.classify(FILM).label()).isIn("pneumonia", "normal");
      assertThat(classifier.outOfService()).isEmpty();
    }
  }

  /** The old bundle is being opened anew, slowly, while a new one is put in its place. */
  @Test
  void whatWasReopenedMeanwhileDoesNotTakeAnotherModelsPlace() throws Exception {
    Path next = TinyModels.write(folder.resolve("next"), 0, 9, 0).directory();
    try (FilmClassifier classifier = open(Processor.CPU)) {
      String of = classifier.card().id();
      reopening = new CountDownLatch(1);
      broken = true;
      assertThatThrownBy(() -> classifier.submit(FILM).join())
          .hasCauseInstanceOf(ModelOutOfServiceException.class);
      await().until(() -> openedOn.size() == 2);
      broken = false;
      classifier.swap(next);
      assertThat(classifier.card().id()).isNotEqualTo(of);
      reopening.countDown();

      await().until(() -> opened.size() == 3 && opened.get(2).closed.get() == 1);
      assertThat(classifier.card().id()).isNotEqualTo(of);
      assertThat(classifier.classify(FILM).label()).isIn("pneumonia", "normal");
    }
  }

  /** Reports know the card by which the first films were assessed, and judge by its thresholds. */
  @Test
  void anOutageTakesNoCardThatHasChangedAlone() throws Exception {
    try (FilmClassifier classifier = open(Processor.CPU)) {
      ModelCard before = classifier.card();
      TinyModels.recalibrate(new ModelBundle(folder.resolve("tiny"), before), 1);
      broken = true;
      assertThatThrownBy(() -> classifier.submit(FILM).join())
          .hasCauseInstanceOf(ModelOutOfServiceException.class);
      broken = false;

      await().until(() -> classifier.outOfService().isEmpty());
      assertThat(classifier.classify(FILM).card()).isEqualTo(before);
    }
  }

  /** As where memory is short. */
  @ParameterizedTest
  @ValueSource(strings = {"is out of service", "cannot be put back in service"})
  void isOpenedAnewThoughTheLogCannotTellOfTheOutage(String line) throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger(FilmClassifier.class);
    AppenderBase<ILoggingEvent> failing = failingAt(line);
    log.addAppender(failing);
    try (FilmClassifier classifier = open(Processor.CPU)) {
      broken = true;
      CompletableFuture<Prediction> film = classifier.submit(FILM);
      await().until(film::isCompletedExceptionally);
      await().until(() -> openedOn.size() > 1);
      broken = false;

      await().until(() -> classifier.outOfService().isEmpty());
      await().until(() -> opened.get(0).closed.get() == 1);
    } finally {
      log.detachAppender(failing);
    }
  }

  private static AppenderBase<ILoggingEvent> failingAt(String words) {
    AppenderBase<ILoggingEvent> failing =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent line) {
            if (line.getMessage().contains(words)) {
              throw new OutOfMemoryError("for a log line");
            }
          }
        };
    failing.start();
    return failing;
  }

  private FilmClassifier open(Processor device) throws Exception {
    Path bundle = TinyModels.write(folder.resolve("tiny"), 0, 2, 4).directory();
    return FilmClassifier.open(
        this::network,
        bundle,
        new SessionSettings(device, false, false, 1, false),
        BATCHES,
        Duration.ofMillis(10),
        size -> {});
  }

  private Network network(ModelBundle bundle, SessionSettings settings) throws java.io.IOException {
    openedOn.add(settings.device().toString());
    if (openedOn.size() == 2) {
      FragileModels.hangUntil(reopening);
    }
    Fragile network =
        new Fragile(
            OnnxModel.open(bundle, new SessionSettings(Processor.CPU, true, false, 1, false)),
            settings.device().toString());
    opened.add(network);
    return network;
  }

  /** Fails on every film while it is broken, as after an error that stays with the device. */
  private final class Fragile implements Network {
    private final Network network;
    private final String device;
    private final AtomicInteger closed = new AtomicInteger();

    Fragile(Network network, String device) {
      this.network = network;
      this.device = device;
    }

    @Override
    public ModelCard card() {
      return network.card();
    }

    @Override
    public String device() {
      return device;
    }

    @Override
    public List<Outputs> run(List<float[]> films) {
      assertThat(closed).hasValue(0);
      if (broken || (gpuIsGone && !device.equals("cpu"))) {
        throw new IllegalStateException("sticky error");
      }
      return network.run(films);
    }

    @Override
    public void close() {
      closed.incrementAndGet();
      network.close();
    }
  }
}
