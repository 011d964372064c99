package org.magsd.ingest.net;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what took too long: blocking sockets have a timeout for reading, but none for writing to a
 * peer that has stopped reading, nor for a TLS handshake as a whole. It looks a few times a second
 * rather than at each deadline: nearly every step is done in time, and no thread is woken for it.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final long ROUND_MILLIS = 200;

  private final Set<Guarded> guarded = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService rounds;

  /** What is closed once its time is up; each equal only to itself. */
  private static final class Guarded {
    private final Closeable victim;
    private final long deadline;
    private volatile boolean overdue;

    Guarded(Closeable victim, long deadline) {
      this.victim = victim;
      this.deadline = deadline;
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the rounds end with the executor
  Watchdog(String name) {
    rounds =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, name + "-watchdog");
              thread.setDaemon(true);
              return thread;
            });
    rounds.scheduleWithFixedDelay(this::look, ROUND_MILLIS, ROUND_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Does the step; closes the victim, which fails the step, when it takes too long.
   *
   * @param omission what the peer did not do then, for the failure
   */
  void guard(Closeable victim, Duration patience, String omission, Step step) throws IOException {
    Guarded entry = new Guarded(victim, System.nanoTime() + patience.toNanos());
    guarded.add(entry);
    try {
      step.run();
    } catch (IOException e) {
      throw entry.overdue // what the step says is only that it was closed
          ? new IOException(
              "the peer did not %s within %d s".formatted(omission, patience.toSeconds()), e)
          : e;
    } finally {
      guarded.remove(entry);
    }
  }

  /** Throws nothing: else there would be no further round. */
  private void look() {
    try {
      long now = System.nanoTime();
      for (Guarded entry : guarded) {
        if (now - entry.deadline >= 0) {
          entry.overdue = true;
          close(entry.victim);
        }
      }
    } catch (Error e) {
      LOG.debug("a round over stalled connections was broken off", e);
    }
  }

  private static void close(Closeable victim) {
    try {
      victim.close();
    } catch (IOException | RuntimeException e) {
      LOG.debug("closing a stalled connection failed", e);
    }
  }

  @Override
  public void close() {
    rounds.shutdownNow();
  }

  /** What may take too long. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }
}
