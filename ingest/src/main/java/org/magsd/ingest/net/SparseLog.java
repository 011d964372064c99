package org.magsd.ingest.net;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Warns of what anybody may cause as often as they like: of one event in a while, with the number
 * of those before it that went without a line. Thread-safe.
 */
final class SparseLog {
  private static final long PAUSE = Duration.ofSeconds(10).toNanos();

  private final Logger log;
  private final LongSupplier nanos;
  private long next;
  private long silent;

  /**
   * @param nanos the time
   */
  SparseLog(Logger log, LongSupplier nanos) {
    this.log = log;
    this.nanos = nanos;
    this.next = nanos.getAsLong();
  }

  synchronized void warn(String event) {
    long now = nanos.getAsLong();
    if (now - next < 0) {
      silent++;
      return;
    }
    log.warn("{} ({} more before)", event, silent);
    silent = 0;
    next = now + PAUSE;
  }
}
