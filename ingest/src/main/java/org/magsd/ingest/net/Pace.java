package org.magsd.ingest.net;

import java.time.Duration;

/**
 * The least pace at which what a sender sends has to come. Only time spent reading counts, so that
 * waiting for memory or the broker is not the sender's.
 */
public final class Pace {
  /** Slower than a modem of 1996; whoever is has stalled, or means to hold a place. */
  static final long LEAST_BYTES_PER_SECOND = 4_096;

  private final Duration start;
  private long reading;
  private long count;

  /**
   * @param start time of reading that is granted before the pace counts
   */
  public Pace(Duration start) {
    this.start = start;
  }

  /**
   * Something has been read.
   *
   * @param nanos that it took
   * @param bytes how much
   */
  public void read(long nanos, long bytes) {
    reading += nanos;
    count += bytes;
  }

  /** Whether what was read so far came too slowly. */
  public boolean isTooSlow() {
    return (reading - start.toNanos()) / 1e9 * LEAST_BYTES_PER_SECOND > count;
  }
}
