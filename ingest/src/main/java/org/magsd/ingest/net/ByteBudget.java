package org.magsd.ingest.net;

import java.time.Duration;

/**
 * Bounds the bytes that all associations together hold. A claim that would exceed the budget waits,
 * and with it its socket: that is the back-pressure. So that claims growing side by side cannot
 * wait for each other forever, one of them at a time may overdraw: what is held is at most the
 * budget and one largest object.
 */
final class ByteBudget {
  private long free;
  private Claim overdrawn;

  ByteBudget(long bytes) {
    this.free = bytes;
  }

  Claim open() {
    return new Claim();
  }

  /** What one object holds. */
  final class Claim implements AutoCloseable {
    private long held;

    private Claim() {}

    /** Holds so many bytes more; false when none became free in time. */
    boolean grow(long bytes, Duration patience) throws InterruptedException {
      synchronized (ByteBudget.this) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (free < bytes && overdrawn != this) {
          if (overdrawn == null) {
            overdrawn = this;
            break;
          }
          long left = (deadline - System.nanoTime()) / 1_000_000;
          if (left <= 0) {
            return false;
          }
          ByteBudget.this.wait(left);
        }
        free -= bytes;
        held += bytes;
        return true;
      }
    }

    @Override
    public void close() {
      synchronized (ByteBudget.this) {
        free += held;
        held = 0;
        if (overdrawn == this) {
          overdrawn = null;
        }
        ByteBudget.this.notifyAll();
      }
    }
  }
}
