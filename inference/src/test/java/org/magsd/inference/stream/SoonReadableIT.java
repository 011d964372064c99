package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is passed on is committed long before the commit interval is over, and once. */
@Timeout(120)
class SoonReadableIT {
  private static final int INTERVAL_MILLIS = 300_000;
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final List<String> records = new CopyOnWriteArrayList<>();

  /** Its own thread has nothing to do, whatever another one has. */
  @Test
  void aReportDoesNotWaitForAFilmOfAnotherThread() throws Exception {
    Never screener = new Never();
    try (TestStream stream = new TestStream(2, Topics.REPORTS, this::note)) {
      KafkaStreams streams = run(stream, screener, Duration.ofSeconds(1), 2);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  streams.metadataForLocalThreads().stream()
                      .allMatch(thread -> thread.activeTasks().size() == 1));
      stream.send(studyOf(0), ".1", "never");
      await().until(screener.begun::isDone);

      stream.send(studyOf(1), ".1", "");

      await().atMost(SOON).until(() -> records.size() == 1);
    }
    assertThat(records.get(0)).startsWith(studyOf(1) + " ");
  }

  /** The place of a film is free a moment after its outcome is there. */
  @Test
  void anOutcomeIsReadableThoughItsPlaceWasNotYetFree() throws Exception {
    try (TestStream stream = new TestStream(1, Topics.SCREENINGS, this::note)) {
      KafkaStreams streams = run(stream, new LatePlace(), Duration.ofMinutes(5), 1);
      assertThat(streams).isNotNull();

      stream.send("1.1", ".1", "");

      await().atMost(SOON).until(() -> records.size() == 1);
    }
  }

  @Test
  void aStudyThatIsCompleteAtOnceTakesOneTransaction() throws Exception {
    try (TestStream stream = new TestStream(1, Topics.REPORTS, this::note)) {
      KafkaStreams streams = run(stream, new FakeScreener(), Duration.ofSeconds(10), 1);
      stream.send("1.1", ".1", "of=1 millis=300");
      await().atMost(Duration.ofSeconds(60)).until(() -> records.size() == 1);
      TimeUnit.SECONDS.sleep(1);
      double before = commits(streams);

      stream.send("1.2", ".1", "of=1 millis=300");
      await().atMost(SOON).until(() -> records.size() == 2);
      TimeUnit.SECONDS.sleep(1);

      assertThat(commits(streams) - before).isEqualTo(1);
    }
  }

  private void note(ConsumerRecord<String, byte[]> record) {
    records.add(new String(record.value(), UTF_8));
  }

  private static double commits(KafkaStreams streams) {
    return streams.metrics().values().stream()
        .filter(metric -> metric.metricName().group().equals("stream-thread-metrics"))
        .filter(metric -> metric.metricName().name().equals("commit-total"))
        .mapToDouble(metric -> (Double) metric.metricValue())
        .sum();
  }

  private KafkaStreams run(TestStream stream, Screener screener, Duration quiet, int threads) {
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            AssemblyRules.quietFor(quiet),
            WorkerProcess::line,
            1 << 20,
            8,
            1_000,
            64L << 20,
            Duration.ofMinutes(5),
            ScreeningListener.NONE);
    return stream.run(
        topology,
        folder,
        Map.of(
            StreamsConfig.NUM_STREAM_THREADS_CONFIG,
            threads,
            StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
            INTERVAL_MILLIS,
            StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
            INTERVAL_MILLIS));
  }

  /** The first study of that one of two partitions. */
  private static String studyOf(int partition) {
    return IntStream.iterate(1, study -> study + 1)
        .mapToObj(study -> "1." + study)
        .filter(uid -> Utils.toPositive(Utils.murmur2(uid.getBytes(UTF_8))) % 2 == partition)
        .findFirst()
        .orElseThrow();
  }

  /** Does not finish what says so. */
  private static final class Never implements Screener {
    private final FakeScreener answers = new FakeScreener();
    private final CompletableFuture<Boolean> begun = new CompletableFuture<>();

    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      if (new String(arrival.value(), UTF_8).endsWith("never")) {
        begun.complete(true);
        return new CompletableFuture<>();
      }
      return answers.screen(arrival);
    }

    @Override
    public boolean idle() {
      return !begun.isDone();
    }
  }

  /** Says for a while after an outcome that its film is still under way. */
  private static final class LatePlace implements Screener {
    private final FakeScreener answers = new FakeScreener();
    private volatile long free;

    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      free = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
      return answers.screen(arrival);
    }

    @Override
    public boolean idle() {
      return System.nanoTime() - free > 0;
    }
  }
}
