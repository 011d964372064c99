package org.magsd.ingest.net;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what took too long: blocking sockets have a timeout for reading, but none for writing to a
 * peer that has stopped reading, nor for a TLS handshake as a whole.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final ScheduledThreadPoolExecutor clock;

  Watchdog(String name) {
    clock =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name + "-watchdog");
              thread.setDaemon(true);
              return thread;
            });
    clock.setRemoveOnCancelPolicy(true);
    clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Does the step; closes the victim, which fails the step, when it takes too long. */
  void guard(Closeable victim, Duration patience, Step step) throws IOException {
    Future<?> bite =
        clock.schedule(() -> close(victim), patience.toMillis(), TimeUnit.MILLISECONDS);
    try {
      step.run();
    } finally {
      bite.cancel(false);
    }
  }

  private static void close(Closeable victim) {
    try {
      victim.close();
    } catch (IOException e) {
      LOG.debug("closing a stalled connection failed", e);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }

  /** What may take too long. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }
}
