package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A backlog on all partitions: none waits until the others are done. */
@Timeout(180)
class SharedPlacesIT {
  private static final int PARTITIONS = 8;
  private static final int FILMS_EACH = 200;
  private static final int PLACES = 32;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"'', 1", "urgent, 2"})
  void filmsOfAllPartitionsAdvanceBesideEachOther(String words, int times) throws Exception {
    Slow screener = new Slow();
    try (TestStream stream = new TestStream(PARTITIONS, Topics.REPORTS, report -> {})) {
      int[] sent = new int[PARTITIONS];
      for (int study = 1, all = 0; all < PARTITIONS * FILMS_EACH; study++) {
        String uid = "1." + study;
        int partition = partition(uid);
        if (sent[partition] < FILMS_EACH) {
          stream.send(uid, ".1", words);
          sent[partition]++;
          all++;
        }
      }
      stream.run(topology(screener), folder, Map.of(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2));
      await().atMost(PATIENCE).until(() -> screener.done.get() == PARTITIONS * FILMS_EACH);
    } finally {
      screener.thread.shutdownNow();
    }

    // Where the next films of a partition have yet to be read, others have its part for a moment.
    List<Integer> beside = screener.inHandWhileAllHaveMore();
    assertThat(beside).hasSizeGreaterThan(PARTITIONS * PLACES);
    assertThat(beside.stream().filter(films -> films < times * PLACES / PARTITIONS).count())
        .as("begun beside no more films of their partition than its share, in %s", beside)
        .isGreaterThan(beside.size() / 2);
  }

  /** Kafka's default partitioner. */
  private static int partition(String key) {
    return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % PARTITIONS;
  }

  private static ScreeningTopology topology(Screener screener) {
    return new ScreeningTopology(
        screener,
        AssemblyRules.quietFor(Duration.ofMillis(50)),
        WorkerProcess::line,
        1 << 20,
        PLACES,
        10_000,
        64L << 20,
        Duration.ofMinutes(1),
        ScreeningListener.NONE);
  }

  /** Has all its places in common, and finishes a film in 8 ms. */
  private static final class Slow implements Screener {
    private final FakeScreener answers = new FakeScreener();
    private final AtomicInteger done = new AtomicInteger();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final int[] inHand = new int[PARTITIONS];
    private final int[] begun = new int[PARTITIONS];

    /** Of each film begun: how many of its partition there were, or -1 if some had no more. */
    private final List<Integer> found = new ArrayList<>();

    @Override
    public boolean urgent(Arrival arrival) {
      return answers.urgent(arrival);
    }

    @Override
    public synchronized int places(boolean urgent) {
      return Math.max(0, (urgent ? 2 : 1) * PLACES - IntStream.of(inHand).sum());
    }

    @Override
    public synchronized boolean idle() {
      return IntStream.of(inHand).sum() == 0;
    }

    @Override
    public CompletionStage<Screened> screen(Arrival film) {
      begin(film.partition());
      CompletableFuture<Screened> outcome = new CompletableFuture<>();
      thread.execute(
          () -> {
            try {
              TimeUnit.MILLISECONDS.sleep(8);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              return;
            }
            end(film.partition());
            outcome.complete(answers.screen(film).toCompletableFuture().join());
            done.incrementAndGet();
          });
      return outcome;
    }

    private synchronized void begin(int partition) {
      boolean allHaveMore =
          IntStream.of(begun).allMatch(films -> films > 0 && films < FILMS_EACH - 1);
      found.add(allHaveMore ? inHand[partition] : -1);
      inHand[partition]++;
      begun[partition]++;
    }

    private synchronized void end(int partition) {
      inHand[partition]--;
    }

    synchronized List<Integer> inHandWhileAllHaveMore() {
      return found.stream().filter(films -> films >= 0).toList();
    }
  }
}
