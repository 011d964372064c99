package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A film without an outcome ends the stream thread in time, uncommitted, and goes nowhere. */
@Timeout(60)
class ScreeningStepTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  @TempDir Path state;

  @Test
  void waitsForAFilmNoLongerThanItsPatienceNorOnceMoreWhenItIsClosed() {
    CompletableFuture<Screened> never = new CompletableFuture<>();
    assertTimeout(
        Duration.ofSeconds(20),
        () -> {
          TopologyTestDriver driver = driver(arrival -> never);
          assertThatThrownBy(() -> send(driver))
              .isInstanceOf(StreamsException.class)
              .hasStackTraceContaining("no outcome of a film within");
          assertThatThrownBy(driver::close)
              .hasStackTraceContaining("films are under way that cannot be waited for");
        });
    assertThat(never).isNotCompleted();
  }

  @Test
  void aScreenerThatIsClosedEndsTheThreadRatherThanTheFilm() {
    TopologyTestDriver driver =
        driver(arrival -> CompletableFuture.failedFuture(new RejectedExecutionException("closed")));

    assertThatThrownBy(() -> send(driver)).hasStackTraceContaining("closed");

    assertThat(
            driver
                .createOutputTopic(
                    Topics.REJECTED.name(),
                    Topics.REJECTED.keys().deserializer(),
                    Topics.REJECTED.values().deserializer())
                .isEmpty())
        .isTrue();
  }

  private TopologyTestDriver driver(Screener screener) {
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            AssemblyRules.defaults(),
            findings -> "",
            1 << 20,
            8,
            128L << 20,
            PATIENCE,
            ScreeningListener.NONE);
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    settings.putAll(DeadLetters.settings());
    return new TopologyTestDriver(topology.topology(), settings);
  }

  private static void send(TopologyTestDriver driver) {
    TestInputTopic<String, byte[]> instances =
        driver.createInputTopic(
            Topics.INSTANCES.name(),
            Topics.INSTANCES.keys().serializer(),
            Topics.INSTANCES.values().serializer());
    instances.pipeInput("1.1", FakeScreener.film("1.1", "1.1.1", "assessed"));
  }
}
