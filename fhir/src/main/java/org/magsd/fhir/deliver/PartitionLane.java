package org.magsd.fhir.deliver;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reports of one partition, one after the other, on a thread of its own: a study's reports keep
 * their order, and one that fails holds up no other partition, unless the server asks to be left
 * alone.
 */
final class PartitionLane implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionLane.class);

  /** Frames told of an exception nobody foresaw. */
  private static final int FRAMES = 8;

  private final List<ConsumerRecord<byte[], byte[]>> reports;
  private final Courier courier;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile long next;
  private volatile boolean brokenDown;

  PartitionLane(List<ConsumerRecord<byte[], byte[]>> reports, Courier courier) {
    this.reports = reports;
    this.courier = courier;
    this.next = reports.get(0).offset();
  }

  @Override
  public void run() {
    try {
      for (ConsumerRecord<byte[], byte[]> report : reports) {
        if (!courier.deliver(report, stopped)) {
          return;
        }
        next = report.offset() + 1;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      brokenDown = e instanceof Error;
      // without its message, which may quote the report
      LOG.error(
          "delivery stopped at offset {}: {} at {}",
          next,
          e.getClass().getName(),
          Arrays.stream(e.getStackTrace()).limit(FRAMES).toList());
    } finally {
      ended.countDown();
    }
  }

  /** Offset of the first report that has not come to its end. */
  long next() {
    return next;
  }

  boolean ended() {
    return ended.getCount() == 0;
  }

  /**
   * Whether an error ended it, as for lack of memory: begun again at once it would meet it again.
   */
  boolean brokenDown() {
    return brokenDown;
  }

  /** Whether every report came to its end. */
  boolean complete() {
    return next == reports.get(reports.size() - 1).offset() + 1;
  }

  /** Sends no further request; one under way is finished. */
  void stop() {
    stopped.countDown();
  }

  boolean awaitEnd(Duration patience) throws InterruptedException {
    return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }
}
