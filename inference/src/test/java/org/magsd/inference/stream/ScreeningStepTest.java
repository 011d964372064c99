package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
          assertThatThrownBy(
                  () -> {
                    while (true) {
                      driver.advanceWallClockTime(Duration.ofMillis(10));
                      Thread.sleep(10);
                    }
                  })
              .isInstanceOf(StreamsException.class)
              .hasStackTraceContaining("no outcome of a film within");
          driver.close();
        });
    assertThat(never).isCancelled();
  }

  @Test
  void aScreenerThatIsClosedEndsTheThreadRatherThanTheFilm() {
    TopologyTestDriver driver =
        driver(arrival -> CompletableFuture.failedFuture(new RejectedExecutionException("closed")));

    assertThatThrownBy(() -> send(driver)).hasStackTraceContaining("closed");

    assertThat(TestDriver.output(driver, Topics.REJECTED).isEmpty()).isTrue();
  }

  private TopologyTestDriver driver(Screener screener) {
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            AssemblyRules.defaults(),
            findings -> "",
            1 << 20,
            8,
            0,
            128L << 20,
            PATIENCE,
            ScreeningListener.NONE);
    return TestDriver.of(topology, state, Instant.now(), DeadLetters.settings());
  }

  private static void send(TopologyTestDriver driver) {
    TestDriver.instances(driver).pipeInput("1.1", FakeScreener.film("1.1", "1.1.1", "assessed"));
  }
}
