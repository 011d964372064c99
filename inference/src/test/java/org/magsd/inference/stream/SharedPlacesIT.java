package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A backlog on all partitions: none waits until the others are done. */
@Timeout(180)
class SharedPlacesIT {
  private static final int PARTITIONS = 8;
  private static final int FILMS_EACH = 100;
  private static final int PLACES = 32;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path folder;

  @Test
  void filmsOfAllPartitionsAdvanceBesideEachOther() throws Exception {
    Slow screener = new Slow();
    try (TestStream stream = new TestStream(PARTITIONS, Topics.REPORTS, report -> {})) {
      int[] sent = new int[PARTITIONS];
      for (int study = 1, all = 0; all < PARTITIONS * FILMS_EACH; study++) {
        String uid = "1." + study;
        int partition = partition(uid);
        if (sent[partition] < FILMS_EACH) {
          stream.send(uid, ".1", "");
          sent[partition]++;
          all++;
        }
      }
      stream.run(topology(screener), folder, Map.of(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2));
      await().atMost(PATIENCE).until(() -> screener.done.size() == PARTITIONS * FILMS_EACH);
    } finally {
      screener.thread.shutdownNow();
    }

    for (int partition = 0; partition < PARTITIONS; partition++) {
      assertThat(longestWait(screener.done, partition))
          .as("films of others between two of partition %d in %s", partition, screener.done)
          .isLessThan(FILMS_EACH);
    }
  }

  /** Most films of others between two of a partition; who is met first begins, and may be done. */
  private static int longestWait(List<Integer> done, int partition) {
    int last = done.size() / 4;
    int longest = 0;
    for (int at = last; at <= done.lastIndexOf(partition); at++) {
      if (done.get(at) == partition) {
        longest = Math.max(longest, at - last);
        last = at;
      }
    }
    return longest;
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
    private final AtomicInteger underWay = new AtomicInteger();
    private final List<Integer> done = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

    @Override
    public boolean hasPlace(boolean urgent) {
      return underWay.get() < PLACES;
    }

    @Override
    public boolean idle() {
      return underWay.get() == 0;
    }

    @Override
    public CompletionStage<Screened> screen(Arrival film) {
      underWay.incrementAndGet();
      CompletableFuture<Screened> outcome = new CompletableFuture<>();
      thread.execute(
          () -> {
            try {
              TimeUnit.MILLISECONDS.sleep(8);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              return;
            }
            done.add(film.partition());
            underWay.decrementAndGet();
            outcome.complete(answers.screen(film).toCompletableFuture().join());
          });
      return outcome;
    }
  }
}
