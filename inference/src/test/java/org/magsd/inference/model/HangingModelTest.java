package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.image.GrayImage;

/** A network that neither answers nor fails. */
@Timeout(60)
class HangingModelTest {
  private static final GrayImage FILM = new GrayImage(64, 64, new byte[64 * 64]);
  private static final BatchSettings IMPATIENT =
      new BatchSettings(4, Duration.ofMillis(1), 16, Duration.ofMillis(300));

  @TempDir Path folder;
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<Hanging> opened = new CopyOnWriteArrayList<>();
  private final AtomicInteger slow = new AtomicInteger();
  private volatile boolean hangs;
  private volatile boolean furtherAreSlow;

  @AfterEach
  void letGo() {
    end.countDown();
  }

  @Test
  void isOutOfServiceAndHoldsNoFilmForEver() throws Exception {
    try (FilmClassifier classifier = open()) {
      hangs = true;
      List<CompletableFuture<Prediction>> films = new ArrayList<>();
      for (int film = 0; film < 10; film++) {
        films.add(submit(classifier));
      }

      for (CompletableFuture<Prediction> film : films) {
        assertThatThrownBy(() -> film.get(30, TimeUnit.SECONDS))
            .hasCauseInstanceOf(ModelOutOfServiceException.class);
      }
      assertThat(classifier.outOfService()).hasValueSatisfying(HangingModelTest::says);
      assertThatThrownBy(() -> classifier.submit(FILM))
          .isInstanceOf(ModelOutOfServiceException.class);
    }
  }

  /** The last ones may come too late. */
  private static CompletableFuture<Prediction> submit(FilmClassifier classifier)
      throws InterruptedException {
    try {
      return classifier.submit(FILM);
    } catch (ModelOutOfServiceException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static void says(String why) {
    assertThat(why).startsWith("no answer to a batch of ").endsWith(" within 0.3 s");
  }

  @Test
  void isOpenedAnewAndTheOldOneClosedOnlyOnceItsRunEnds() throws Exception {
    try (FilmClassifier classifier = open()) {
      hangs = true;
      CompletableFuture<Prediction> film = classifier.submit(FILM);
      await().until(() -> classifier.outOfService().isPresent());
      assertThatThrownBy(film::join).hasCauseInstanceOf(ModelOutOfServiceException.class);

      hangs = false;
      await().until(() -> classifier.outOfService().isEmpty());

      assertThat(classifier.classify(FILM).label()).isEqualTo("normal");
      assertThat(opened.get(0).closed).hasValue(0);
      end.countDown();
      await().until(() -> opened.get(0).closed.get() == 1);
      assertThat(classifier.classify(FILM).label()).isEqualTo("normal");
    }
  }

  @Test
  void aModelPutInItsPlaceServes() throws Exception {
    Path next = TinyModels.write(folder.resolve("next"), 0, 9, 0).directory();
    try (FilmClassifier classifier = open()) {
      hangs = true;
      assertThatThrownBy(() -> classifier.submit(FILM).join())
          .hasCauseInstanceOf(ModelOutOfServiceException.class);
      hangs = false;

      classifier.swap(next);

      assertThat(classifier.classify(FILM).label()).isNotEmpty();
      assertThat(classifier.outOfService()).isEmpty();
    }
  }

  @Test
  void filmsOfThePresentOneDoNotWaitForTheFirstRunsOfTheNext() throws Exception {
    Path next = TinyModels.write(folder.resolve("next"), 0, 9, 0).directory();
    try (FilmClassifier classifier = open()) {
      furtherAreSlow = true;
      CompletableFuture<Void> swap =
          CompletableFuture.runAsync(
              () -> assertThatCode(() -> classifier.swap(next)).doesNotThrowAnyException());
      await().until(() -> slow.get() > 0);

      try {
        CompletableFuture<Prediction> film = classifier.submit(FILM);
        assertThat(film.get(10, TimeUnit.SECONDS).label()).isEqualTo("normal");
        assertThat(swap).isNotDone();
      } finally {
        end.countDown();
      }
      swap.get(10, TimeUnit.SECONDS);
      assertThat(classifier.classify(FILM).label()).isEqualTo("pneumonia");
    }
  }

  @Test
  void closingWaitsNoLongerThanThePatience() throws Exception {
    FilmClassifier classifier = open();
    hangs = true;
    CompletableFuture<Prediction> film = classifier.submit(FILM);

    classifier.close();

    assertThat(film).isCompletedExceptionally();
    assertThat(opened.get(0).closed).hasValue(0);
  }

  @Test
  void onlySoManyAreOpenedBesideThoseThatHang() throws Exception {
    try (FilmClassifier classifier = open()) {
      for (int hung = 1; hung <= 4; hung++) {
        hangs = true;
        assertThatThrownBy(() -> classifier.submit(FILM).join())
            .hasCauseInstanceOf(ModelOutOfServiceException.class);
        hangs = false;
        if (hung < 4) {
          await().until(() -> classifier.outOfService().isEmpty());
        }
      }
      int before = opened.size();
      Thread.sleep(200);

      assertThat(opened).hasSize(before);
      assertThat(classifier.outOfService()).isPresent();
      end.countDown();
      await().until(() -> classifier.outOfService().isEmpty());
      assertThat(classifier.classify(FILM).label()).isEqualTo("normal");
    }
  }

  private FilmClassifier open() throws IOException {
    Path bundle = TinyModels.write(folder.resolve("tiny"), 0, 2, 4).directory();
    return FilmClassifier.open(
        this::network,
        bundle,
        new SessionSettings(Processor.CPU, false, false, 1, false),
        IMPATIENT,
        Duration.ofMillis(20),
        size -> {});
  }

  /** A network cannot be opened while the device hangs. */
  private Network network(ModelBundle bundle, SessionSettings settings) throws IOException {
    if (hangs) {
      throw new IOException("the device does not answer");
    }
    SessionSettings cpu = new SessionSettings(Processor.CPU, true, false, 1, false);
    Hanging network = new Hanging(OnnxModel.open(bundle, cpu), furtherAreSlow);
    opened.add(network);
    return network;
  }

  private final class Hanging implements Network {
    private final Network network;
    private final boolean waits;
    private final AtomicInteger closed = new AtomicInteger();

    Hanging(Network network, boolean waits) {
      this.network = network;
      this.waits = waits;
    }

    @Override
    public ModelCard card() {
      return network.card();
    }

    @Override
    public String device() {
      return network.device();
    }

    @Override
    public List<Outputs> run(List<float[]> films) {
      assertThat(closed).hasValue(0);
      if (hangs || waits) {
        slow.incrementAndGet();
        FragileModels.hangUntil(end);
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
