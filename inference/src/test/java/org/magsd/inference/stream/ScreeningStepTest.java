package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.kafka.BlobStore;

/** A film without an outcome ends the stream thread in time, uncommitted, and goes nowhere. */
@Timeout(60)
class ScreeningStepTest {
  private static final Duration PATIENCE = Duration.ofMillis(200);

  @TempDir Path state;

  @Test
  void waitsForAFilmNoLongerThanItsPatienceNorWhenItIsClosed() {
    CompletableFuture<Screened> never = new CompletableFuture<>();
    assertTimeout(
        Duration.ofSeconds(20),
        () -> {
          TopologyTestDriver driver = driver(arrival -> never);
          send(driver); // a commit waits for nothing
          assertThatThrownBy(() -> lookAgainAndAgain(driver))
              .isInstanceOf(StreamsException.class)
              .hasStackTraceContaining("no outcome of a film within");
          driver.close();
        });
    assertThat(never).isCancelled();
  }

  /** Behind those of other tasks a film waits as long as it takes. */
  @Test
  void waitsWhileOtherFilmsGetOn() {
    Never screener = new Never();
    screener.othersGetOn = true;
    TopologyTestDriver driver = driver(screener);
    send(driver);

    long end = System.nanoTime() + 5 * PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      driver.advanceWallClockTime(Duration.ofMillis(10));
    }

    screener.othersGetOn = false;
    assertThatThrownBy(() -> lookAgainAndAgain(driver))
        .isInstanceOf(StreamsException.class)
        .hasStackTraceContaining("no outcome of a film within");
  }

  /** Where the broker does not give the waiting films out again. */
  @Test
  void waitsForABacklogNoLongerThanItsPatience() {
    Never screener = new Never();
    screener.full = true;
    screener.othersGetOn = true; // which is no help to what cannot be read
    assertTimeout(
        Duration.ofSeconds(30),
        () -> {
          TopologyTestDriver driver = driver(screener, 0, 0);
          send(driver);
          screener.full = false;
          assertThatThrownBy(() -> lookAgainAndAgain(driver))
              .isInstanceOf(StreamsException.class)
              .hasStackTraceContaining("no film of the backlog could be read again within");
        });
  }

  /** Though the urgent one was begun when nothing waited, and nobody had to ask then. */
  @Test
  void aFilmOfAStudyWithAnUrgentOneUnderWayIsUrgent() {
    Never screener = new Never();
    TopologyTestDriver driver = patientDriver(screener);

    send(driver, "9.9", "9.9.1", "urgent");
    for (int routine = 1; routine <= 12; routine++) {
      send(driver, "1." + routine, "1." + routine + ".1", "");
    }
    send(driver, "9.9", "9.9.2", "");

    assertThat(screener.begun).hasSize(9).startsWith("9.9", "1.1").endsWith("1.7", "9.9");
  }

  /** A misrouted series of hundreds would be read over and over. */
  @Test
  void aHeaderIsAskedOnceWhetherItsStudyIsUrgent() {
    Never screener = new Never();
    TopologyTestDriver driver = patientDriver(screener);

    for (int film = 1; film <= 40; film++) {
      send(driver, "9.9", "9.9." + film, "");
    }

    assertThat(screener.begun).hasSize(8);
    assertThat(screener.asked).doesNotHaveDuplicates().hasSize(40);
  }

  @Test
  void aFilmThatHasWaitedIsNotAskedAgain() {
    Never screener = new Never();
    TopologyTestDriver driver = patientDriver(screener);
    screener.full = true;
    send(driver, "9.9", "9.9.1", "");
    screener.full = false;
    driver.advanceWallClockTime(Duration.ofMillis(10));
    assertThat(screener.begun).containsExactly("9.9");

    screener.full = true;
    send(driver, "9.9", "9.9.2", "");

    assertThat(screener.asked).containsExactly(0L, 1L);
  }

  /** It was begun at its turn, when nobody had to ask; whoever takes it over has to know. */
  @Test
  void thatAFilmUnderWayIsUrgentIsWrittenDown() {
    TopologyTestDriver driver = patientDriver(new Never());

    send(driver, "9.9", "9.9.1", "urgent"); // the driver commits after each record
    send(driver, "1.1", "1.1.1", "");

    KeyValueStore<Long, Unfinished.Film> written = driver.getKeyValueStore(Unfinished.NAME);
    assertThat(written.get(0L).urgent()).isTrue();
    assertThat(written.get(1L).urgent()).isFalse();
  }

  /** Log time may run ahead of what is finished by more than the retention. */
  @Test
  void aStudyIsNotForgottenWhileAFilmOfItWaits() {
    FakeScreener answers = new FakeScreener();
    List<Runnable> held = new ArrayList<>();
    Screener screener =
        arrival -> {
          if (!arrival.key().equals("9.9")) {
            return answers.screen(arrival);
          }
          CompletableFuture<Screened> later = new CompletableFuture<>();
          held.add(() -> later.complete(answers.screen(arrival).toCompletableFuture().join()));
          return later;
        };
    Duration second = Duration.ofSeconds(1);
    AssemblyRules rules =
        new AssemblyRules(
            second, Map.of(), second, Duration.ofMinutes(1), Duration.ofHours(1), Optional.empty());
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            rules,
            findings -> findings.revision() + ": " + findings.images().size() + " images",
            1 << 20,
            1,
            1_000,
            64L << 20,
            Duration.ofMinutes(3),
            ScreeningListener.NONE);
    try (TopologyTestDriver driver =
        TestDriver.of(topology, state, Instant.now().minus(Duration.ofHours(5)), settings())) {
      var reports = TestDriver.output(driver, Topics.REPORTS);
      send(driver, "1.1", "1.1.1", "");
      driver.advanceWallClockTime(Duration.ofSeconds(3));
      assertThat(reports.readValuesToList()).containsExactly("1: 1 images");

      send(driver, "9.9", "9.9.1", "");
      send(driver, "1.1", "1.1.2", "");
      for (int minute = 0; minute < 70; minute++) {
        driver.advanceWallClockTime(Duration.ofMinutes(1));
      }
      held.forEach(Runnable::run);
      for (int times = 0; times < 50; times++) {
        driver.advanceWallClockTime(Duration.ofSeconds(3));
      }

      assertThat(reports.readValuesToList()).contains("2: 2 images");
    }
  }

  @Test
  void aScreenerThatIsClosedEndsTheThreadRatherThanTheFilm() {
    TopologyTestDriver driver =
        driver(arrival -> CompletableFuture.failedFuture(new RejectedExecutionException("closed")));

    assertThatThrownBy(() -> send(driver)).hasStackTraceContaining("closed");

    assertThat(TestDriver.output(driver, Topics.REJECTED).isEmpty()).isTrue();
  }

  private Map<String, Object> settings() {
    return DeadLetters.settings(ScreeningListener.NONE, new BlobStore(state.resolve("blobs")));
  }

  private static void lookAgainAndAgain(TopologyTestDriver driver) throws InterruptedException {
    while (true) {
      driver.advanceWallClockTime(Duration.ofMillis(10));
      Thread.sleep(10);
    }
  }

  /** Begins films and finishes none. */
  private static final class Never implements Screener {
    final List<String> begun = new ArrayList<>();
    final List<Long> asked = new ArrayList<>();
    boolean full;
    boolean othersGetOn;
    private long outcomes;

    @Override
    public long outcomes() {
      return othersGetOn ? ++outcomes : outcomes;
    }

    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      begun.add(arrival.key());
      return new CompletableFuture<>();
    }

    @Override
    public boolean urgent(Arrival arrival) {
      asked.add(arrival.offset());
      return new FakeScreener().urgent(arrival);
    }

    @Override
    public int places(boolean urgent) {
      return full ? 0 : 100;
    }
  }

  private TopologyTestDriver driver(Screener screener) {
    return driver(screener, 0, 128L << 20);
  }

  private TopologyTestDriver driver(Screener screener, int waiting, long bytesUnderWay) {
    return driver(screener, waiting, bytesUnderWay, PATIENCE);
  }

  /** For tests that are about something else than patience, however slow the machine is. */
  private TopologyTestDriver patientDriver(Screener screener) {
    return driver(screener, 100, 128L << 20, Duration.ofMinutes(1));
  }

  private TopologyTestDriver driver(
      Screener screener, int waiting, long bytesUnderWay, Duration patience) {
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            AssemblyRules.defaults(),
            findings -> "",
            1 << 20,
            8,
            waiting,
            bytesUnderWay,
            patience,
            ScreeningListener.NONE);
    Map<String, Object> settings = new HashMap<>(settings());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1"); // nobody is there
    return TestDriver.of(topology, state, Instant.now(), settings);
  }

  private static void send(TopologyTestDriver driver) {
    send(driver, "1.1", "1.1.1", "");
  }

  private static void send(
      TopologyTestDriver driver, String study, String instance, String urgent) {
    TestDriver.instances(driver)
        .pipeInput(study, FakeScreener.film(study, instance, "assessed", urgent));
  }
}
