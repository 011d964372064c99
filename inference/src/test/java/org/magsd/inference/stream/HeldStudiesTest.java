package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A study that is due and waits for a film. */
@Timeout(60)
class HeldStudiesTest {
  private static final Duration QUIET = Duration.ofSeconds(1);
  private static final Duration LATER = Duration.ofMillis(105);

  @TempDir Path state;
  private Instant now = Instant.parse("2026-01-01T08:00:00Z");
  private TopologyTestDriver driver;
  private TestInputTopic<String, byte[]> instances;
  private TestOutputTopic<String, String> reports;
  private final Holding screener = new Holding();

  /** Finishes no second film of the first study until it is told to. */
  private static final class Holding implements Screener {
    private final FakeScreener answers = new FakeScreener();
    private final CompletableFuture<Boolean> go = new CompletableFuture<>();
    private int ofTheFirst;

    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      boolean held = arrival.key().equals("1.1") && ++ofTheFirst == 2;
      return held ? go.thenCompose(gone -> answers.screen(arrival)) : answers.screen(arrival);
    }
  }

  @BeforeEach
  void open() {
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            AssemblyRules.quietFor(QUIET),
            WorkerProcess::line,
            1 << 20,
            8,
            ScreeningListener.NONE);
    driver = TestDriver.of(topology, state, now, Map.of());
    instances = TestDriver.instances(driver);
    reports = TestDriver.output(driver, Topics.REPORTS);
  }

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void hidesNoneThatIsDueBehindIt() {
    send("1.1", "1.1.1", "assessed");
    advance(LATER);
    send("1.2", "1.2.1", "assessed");
    send("1.1", "1.1.2", "assessed");
    advance(QUIET.minusMillis(1));
    assertThat(reports.isEmpty()).isTrue();

    advance(Duration.ofMillis(1));

    assertThat(reports.readValuesToList()).containsExactly("1.2 1.2.1=pneumonia r1");
  }

  @Test
  void isReportedAsSoonAsItsFilmHasComeIfItsTimeIsOver() {
    send("1.1", "1.1.1", "assessed");
    send("1.1", "1.1.2", "assessed");
    advance(QUIET.multipliedBy(3));
    assertThat(reports.isEmpty()).isTrue();

    screener.go.complete(true);
    advance(Duration.ofMillis(5));

    assertThat(reports.readValuesToList())
        .containsExactly("1.1 1.1.1=pneumonia 1.1.2=pneumonia r1");
  }

  @Test
  void isReportedAsSoonAsItsFilmHasTurnedOutUnreadable() {
    send("1.1", "1.1.1", "assessed");
    send("1.1", "1.1.2", "unreadable");
    advance(QUIET.multipliedBy(3));

    screener.go.complete(true);
    advance(Duration.ofMillis(5));

    assertThat(reports.readValuesToList()).containsExactly("1.1 1.1.1=pneumonia r1");
  }

  /** Of which the study does not hear. */
  @Test
  void isReportedSoonWhenItsFilmHasTurnedOutADuplicate() {
    send("1.1", "1.1.1", "assessed");
    send("1.1", "1.1.1", "assessed");
    advance(QUIET.multipliedBy(3));

    screener.go.complete(true);
    advance(Duration.ofMillis(150));

    assertThat(reports.readValuesToList()).containsExactly("1.1 1.1.1=pneumonia r1");
  }

  private void send(String study, String instance, String outcome) {
    instances.pipeInput(study, FakeScreener.film(study, instance, outcome), now);
  }

  /** A millisecond at a time, as a stream thread that does nothing else would look. */
  private void advance(Duration time) {
    for (long millis = 0; millis < time.toMillis(); millis++) {
      driver.advanceWallClockTime(Duration.ofMillis(1));
    }
    now = now.plus(time);
  }
}
