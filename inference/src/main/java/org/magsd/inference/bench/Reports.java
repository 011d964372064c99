package org.magsd.inference.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.stream.Topics;

/**
 * When the report of each study became readable. The thread that reads them gets a name of its own
 * with the first, as its processor time is not the service's.
 */
final class Reports implements AutoCloseable {
  private final Map<String, Long> times = new ConcurrentHashMap<>();
  private final TopicWatch watch;
  private volatile boolean named;

  Reports(Map<String, Object> client) {
    watch =
        TopicWatch.start(
            client,
            java.util.List.of(Topics.REPORTS.name()),
            Long.MAX_VALUE,
            record -> {
              times.putIfAbsent(record.key(), System.nanoTime());
              if (!named) {
                Thread.currentThread().setName("bench-reports");
                named = true;
              }
            });
  }

  int count() {
    return times.size();
  }

  /** Waits for the report of one study; the time it came. */
  long await(String study, long patienceSeconds) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceSeconds);
    while (!times.containsKey(study)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("no report of study " + study + " in time");
      }
      Thread.sleep(0, 500_000);
    }
    return times.get(study);
  }

  /** Waits until there are so many, or the time is over; how many there are. */
  int await(int wanted, long deadlineNanos) throws InterruptedException {
    while (times.size() < wanted && System.nanoTime() < deadlineNanos) {
      Thread.sleep(1);
    }
    return times.size();
  }

  @Override
  public void close() {
    watch.close();
  }
}
