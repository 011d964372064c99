package org.magsd.ingest.net;

import java.time.Duration;
import java.util.Optional;

/**
 * Bounds the bytes of received data that all receivers together hold. A claim that would exceed the
 * budget waits, and with it the connection it reads from: that is the back-pressure. So that claims
 * growing side by side cannot wait for each other forever, one of them at a time may overdraw: what
 * is held is at most the budget and one largest object. Thread-safe, as are its claims.
 */
public final class ByteBudget {
  /** 256 MiB. */
  public static final long DEFAULT = 1L << 28;

  private long free;

  /** Who took more than there was; as long as anything is owed, nobody else may. */
  private Optional<Claim> overdrawn = Optional.empty();

  /**
   * @param bytes that may be held; what overdraws comes on top
   */
  public ByteBudget(long bytes) {
    this.free = bytes;
  }

  /** A claim that holds nothing yet. */
  public Claim open() {
    return new Claim(Optional.empty());
  }

  private boolean mayTake(Claim claim, long bytes) {
    return free >= bytes || overdrawn.isEmpty() || overdrawn.get() == claim;
  }

  /** What one object, or one request, holds. */
  public final class Claim implements AutoCloseable {
    private long held;

    /** What it was split from, if it was. */
    private final Optional<Claim> origin;

    private Claim(Optional<Claim> origin) {
      this.origin = origin;
    }

    /**
     * Holds so many bytes more.
     *
     * @param patience for others to let go
     * @return false when too few became free in time: then it holds what it held before
     */
    public boolean grow(long bytes, Duration patience) throws InterruptedException {
      synchronized (ByteBudget.this) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!mayTake(this, bytes)) {
          long left = (deadline - System.nanoTime()) / 1_000_000;
          if (left <= 0) {
            return false;
          }
          ByteBudget.this.wait(left);
        }
        if (free < bytes) {
          overdrawn = Optional.of(this);
        }
        free -= bytes;
        held += bytes;
        return true;
      }
    }

    /** Lets go of so many bytes. */
    public void shrink(long bytes) {
      synchronized (ByteBudget.this) {
        if (bytes > held) {
          throw new IllegalArgumentException("%d bytes of %d".formatted(bytes, held));
        }
        held -= bytes;
        free += bytes;
        if (free >= 0) {
          overdrawn = Optional.empty();
        } else if (held == 0 && mayOverdraw()) {
          overdrawn = origin.or(() -> overdrawn); // which holds what is still owed
        }
        ByteBudget.this.notifyAll();
      }
    }

    private boolean mayOverdraw() {
      return overdrawn.isPresent() && overdrawn.get() == this;
    }

    /**
     * Moves so many of its bytes to a claim of their own, which outlives this one. What this one
     * has overdrawn goes with them: it may not overdraw again for the next object before they are
     * let go.
     */
    public Claim split(long bytes) {
      synchronized (ByteBudget.this) {
        if (bytes > held) {
          throw new IllegalArgumentException("%d bytes of %d".formatted(bytes, held));
        }
        Claim part = new Claim(Optional.of(this));
        part.held = bytes;
        held -= bytes;
        if (mayOverdraw()) {
          overdrawn = Optional.of(part);
        }
        return part;
      }
    }

    /** Lets go of everything; may be called more than once. */
    @Override
    public void close() {
      synchronized (ByteBudget.this) {
        shrink(held);
      }
    }
  }
}
