package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.FragileModels;
import org.magsd.inference.model.TinyModels;
import org.magsd.ingest.kafka.BlobStore;

/** Whatever goes wrong with a film, it has an outcome in time, and others are not held up. */
@Timeout(60)
class FilmFaultsTest {
  private static final Path FILM = Path.of("..", "config", "samples", "01-explicit-8bit.dcm");
  private static final Duration PATIENCE = Duration.ofMillis(500);
  private static final long ROOM = 64L << 20;

  @TempDir Path folder;
  private final Decoder decoder = new Decoder();
  private final List<String> shadowMissing = new CopyOnWriteArrayList<>();
  private final AtomicBoolean modelBroken = new AtomicBoolean();
  private byte[] file;
  private Path bundle;
  private FilmClassifier model;

  @BeforeEach
  void open() throws Exception {
    file = Files.readAllBytes(FILM);
    bundle = TinyModels.write(folder.resolve("model"), 1, 0, 0).directory();
    model =
        FragileModels.open(
            bundle,
            () -> {
              if (modelBroken.get()) {
                throw new IllegalStateException("sticky");
              }
            });
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void aDecoderThatThrowsWhatNobodyForesawFailsTheFilmByItsName() {
    decoder.first = () -> sneak(new IllegalStateException("Doe^John"));
    try (FilmScreener screener = screener(Optional.empty(), 8)) {
      Screened screened = outcome(screener, 1);

      assertThat(screened.screening())
          .isEqualTo(
              new Screening.Failed("IllegalStateException", "java.lang.IllegalStateException"));
      assertThat(screened.instance()).isPresent();
      assertThat(screened.facts()).isPresent();
    }
  }

  @Test
  void evenALinkageErrorHasAnOutcomeAndFreesThePlace() {
    decoder.first = () -> sneak(new NoClassDefFoundError("codec"));
    try (FilmScreener screener = screener(Optional.empty(), 1)) {
      assertThat(outcome(screener, 1).screening()).isInstanceOf(Screening.Failed.class);
      assertThat(outcome(screener, 2).screening()).isInstanceOf(Screening.Assessed.class);
    }
  }

  @Test
  void aMomentWithoutMemoryRejectsNoFilm() {
    decoder.first = () -> sneak(new OutOfMemoryError("for a moment"));
    try (FilmScreener screener = screener(Optional.empty(), 8)) {
      assertThat(outcome(screener, 1).screening()).isInstanceOf(Screening.Assessed.class);
    }
  }

  @Test
  void aDecoderThatDoesNotEndFailsItsFilmAndHoldsUpNoOther() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    decoder.first = () -> FragileModels.hangUntil(end);
    try (FilmScreener screener = screener(Optional.empty(), 2)) {
      CompletableFuture<Screened> hung = screener.screen(arrival(1)).toCompletableFuture();
      CompletableFuture<Screened> next = screener.screen(arrival(2)).toCompletableFuture();

      Screened failed = hung.get(30, TimeUnit.SECONDS);
      assertThat(failed.screening())
          .isEqualTo(
              new Screening.Failed(
                  "took longer than 0.5 s", "java.util.concurrent.TimeoutException"));
      assertThat(failed.instance()).isPresent();
      assertThat(next.get(30, TimeUnit.SECONDS).screening()).isInstanceOf(Screening.Assessed.class);
      assertThat(screener.underWay()).isZero();

      // The same record again, after a restart of the stream thread: known, and no wait
      long start = System.nanoTime();
      assertThat(outcome(screener, 1).screening()).isEqualTo(failed.screening());
      assertThat(decoder.calls).hasValue(2);
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(20));
      end.countDown();
    }
  }

  @Test
  void aFilmNobodyWaitsForGivesItsPlaceBackAndIsDropped() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    decoder.first = () -> FragileModels.hangUntil(end);
    try (FilmScreener screener = screener(Optional.empty(), 3)) {
      List<CompletableFuture<Screened>> films = new ArrayList<>();
      for (int film = 1; film <= 3; film++) {
        films.add(screener.screen(arrival(film)).toCompletableFuture());
      }
      films.forEach(film -> film.cancel(false));

      assertThat(screener.underWay()).isZero();
      end.countDown();
      assertThat(outcome(screener, 4).screening()).isInstanceOf(Screening.Assessed.class);
      assertThat(decoder.calls.get()).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void halfThePlacesAreForUrgentFilms() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    decoder.first = () -> FragileModels.hangUntil(end);
    try (FilmScreener screener = screener(Optional.empty(), 2)) {
      assertThat(screener.places(false)).isEqualTo(1);
      CompletableFuture<Screened> held = screener.screen(arrival(1)).toCompletableFuture();
      assertThat(screener.places(false)).isZero();
      assertThat(screener.places(true)).isEqualTo(1);
      end.countDown();
      held.get(30, TimeUnit.SECONDS);
      assertThat(screener.places(false)).isEqualTo(1);
    }
  }

  @Test
  void aModelOutOfServiceMakesTheStageFailRatherThanTheFilm() {
    try (FilmScreener screener = screener(Optional.empty(), 8)) {
      modelBroken.set(true);
      for (int film = 1; film <= 2; film++) {
        int number = film;
        assertThatThrownBy(() -> outcome(screener, number)).hasMessageContaining("sticky");
      }
      assertThat(screener.places(true)).isZero();
      modelBroken.set(false);
      await().until(() -> screener.places(true) > 0);

      assertThat(outcome(screener, 1).screening()).isInstanceOf(Screening.Assessed.class);
    }
  }

  @Test
  void aFilmThatBreaksTheModelAgainAndAgainIsRejectedInTheEnd() {
    try (FilmScreener screener = screener(Optional.empty(), 8)) {
      for (int attempt = 1; attempt <= 2; attempt++) {
        modelBroken.set(true);
        assertThatThrownBy(() -> outcome(screener, 1)).hasMessageContaining("sticky");
        modelBroken.set(false);
        await().until(() -> model.outOfService().isEmpty());
      }
      modelBroken.set(true);

      assertThat(outcome(screener, 1).screening()).isInstanceOf(Screening.Failed.class);
    }
  }

  @Test
  void afterItsEndTheScreenerFailsTheStageRatherThanTheFilm() {
    FilmScreener screener = screener(Optional.empty(), 8);
    screener.close();

    assertThatThrownBy(() -> outcome(screener, 1))
        .hasCauseInstanceOf(RejectedExecutionException.class);
    assertThat(screener.underWay()).isZero();
  }

  @Test
  void aShadowModelThatFailsChangesNothing() throws Exception {
    FilmClassifier closed = FragileModels.open(bundle, () -> {});
    closed.close();
    try (FilmScreener screener = screener(Optional.of(closed), 8)) {
      Screened screened = outcome(screener, 1);

      assertThat(screened.screening()).isInstanceOf(Screening.Assessed.class);
      assertThat(screened.shadow()).isEmpty();
      awaitMissing("failed");
    }
  }

  @Test
  void aShadowModelThatTakesItsTimeIsNotWaitedFor() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    AtomicBoolean slow = new AtomicBoolean();
    try (FilmClassifier shadow =
            FragileModels.open(
                bundle,
                () -> {
                  if (slow.get()) {
                    FragileModels.hangUntil(end);
                  }
                });
        FilmScreener screener = screener(Optional.of(shadow), 8)) {
      slow.set(true);
      Screened screened = outcome(screener, 1);
      end.countDown();

      assertThat(screened.screening()).isInstanceOf(Screening.Assessed.class);
      assertThat(screened.shadow()).isEmpty();
      awaitMissing("late");
    }
  }

  @Test
  void aShadowModelIsNotAskedForWhatItFindsStrange() throws Exception {
    Path strict = TinyModels.writeFindingAllStrange(folder.resolve("strict"));
    try (FilmClassifier shadow = FragileModels.open(strict, () -> {});
        FilmScreener screener = screener(Optional.of(shadow), 8)) {
      assertThat(outcome(screener, 1).shadow()).isEmpty();
      awaitMissing("strange");
    }
  }

  /** The film's outcome is there a moment before the reason why the shadow's is not. */
  private void awaitMissing(String reason) {
    await().untilAsserted(() -> assertThat(shadowMissing).containsExactly(reason));
  }

  private FilmScreener screener(Optional<FilmClassifier> shadow, int filmsUnderWay) {
    return new FilmScreener(
        decoder,
        new BlobStore(folder),
        new FilmScreener.Rules(
            GateRules.defaults(), ZoneOffset.UTC, 64, filmsUnderWay, ROOM, PATIENCE),
        model,
        shadow,
        1,
        new ScreeningListener() {
          @Override
          public void shadowMissing(String why) {
            shadowMissing.add(why);
          }
        });
  }

  private Screened outcome(FilmScreener screener, int number) {
    return screener
        .screen(arrival(number))
        .toCompletableFuture()
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
  }

  private Arrival arrival(int number) {
    return new Arrival(
        "1.1", file, "t", 0, number, 0, Instant.EPOCH, Optional.empty(), Optional.empty(), 0);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // throws what is no exception
  private static <E extends Throwable> void sneak(Throwable fault) throws E {
    throw (E) fault;
  }

  /** Real, but for what it does with its first film. */
  private static final class Decoder extends RealDicom {
    final AtomicInteger calls = new AtomicInteger();
    volatile Runnable first = () -> {};

    @Override
    void beforeDecoding() {
      if (calls.incrementAndGet() == 1) {
        first.run();
      }
    }
  }
}
