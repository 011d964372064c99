package org.magsd.inference.service;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was started, to be closed in the reverse order; a failure to close one does not keep others
 * open.
 */
final class Closers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Closers.class);

  /** Of the time that is left, for one part: the rest is for those behind it. */
  private static final int SHARES = 3;

  private final Deque<AutoCloseable> started = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T part) {
    started.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!started.isEmpty()) {
      close(started.pop());
    }
  }

  /**
   * Closes all within a time, however patient each is by its settings. One that takes more than a
   * third of what is left is interrupted and goes on by itself, while those behind it are closed.
   * An interrupt of the caller waits until all that is done.
   */
  void closeWithin(Duration patience) {
    boolean interrupted = Thread.interrupted();
    long end = System.nanoTime() + patience.toNanos();
    while (!started.isEmpty()) {
      AutoCloseable part = started.pop();
      Thread closing = new Thread(() -> close(part), "magsd-close");
      closing.setDaemon(true);
      closing.start();
      long share = Math.max(0, end - System.nanoTime()) / SHARES;
      interrupted |= join(closing, System.nanoTime() + share);
      if (closing.isAlive()) {
        closing.interrupt();
        LOG.warn(
            "{} has not closed within {} ms and is cut off",
            part.getClass().getSimpleName(),
            TimeUnit.NANOSECONDS.toMillis(share));
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a thread's end; whether the caller was interrupted meanwhile. */
  private static boolean join(Thread thread, long end) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (millis <= 0) {
        break;
      }
      try {
        thread.join(millis);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return interrupted;
  }

  private static void close(AutoCloseable part) {
    try {
      part.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("{} did not close cleanly: {}", part.getClass().getSimpleName(), e.toString());
    }
  }
}
