package org.magsd.inference.service;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How often stream threads have ended of late. Another takes the place of each, by which faults
 * that pass are survived; more than a few, one soon after the other, are a fault that stays, and
 * what waits behind it does not move on.
 */
final class ThreadEnds {
  private static final int MOST_FOR_EACH_THREAD = 2;

  private final int most;
  private final long soonNanos;
  private final LongSupplier clock;
  private int inARow;
  private long last;
  private String reason = "";

  /**
   * @param threads how many run beside each other
   * @param soon an end within this time of the one before goes on with its row
   * @param clock nanoseconds of {@link System#nanoTime}
   */
  ThreadEnds(int threads, Duration soon, LongSupplier clock) {
    this.most = MOST_FOR_EACH_THREAD * threads;
    this.soonNanos = soon.toNanos();
    this.clock = clock;
  }

  /**
   * A thread has ended.
   *
   * @param why in a few words, without patient data
   */
  synchronized void note(String why) {
    inARow = isOver() ? 1 : inARow + 1;
    last = clock.getAsLong();
    reason = why;
  }

  private boolean isOver() {
    return clock.getAsLong() - last > soonNanos;
  }

  /** What is the matter, if they end again and again. */
  synchronized Optional<String> trouble() {
    return inARow <= most || isOver()
        ? Optional.empty()
        : Optional.of(
            "%d stream threads ended one after the other, the last by %s"
                .formatted(inARow, reason));
  }
}
