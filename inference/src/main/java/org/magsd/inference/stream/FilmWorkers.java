package org.magsd.inference.stream;

import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for work on films. What finishes a film goes before what begins one, so that results do
 * not wait behind a backlog. How much waits here is bounded by what the stream tasks have under
 * way.
 */
final class FilmWorkers implements AutoCloseable {
  private static final long CLOSE_SECONDS = 10;

  private final BlockingDeque<Runnable> waiting = new LinkedBlockingDeque<>();
  private final ThreadPoolExecutor threads;

  FilmWorkers(int count) {
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            0,
            TimeUnit.SECONDS,
            waiting,
            task -> {
              Thread thread = new Thread(task, "magsd-film-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.prestartAllCoreThreads();
  }

  /** Runs the work after what waits. */
  void later(Runnable work) {
    refuseIfClosed();
    waiting.addLast(work);
  }

  /** Runs the work before what waits. */
  void soon(Runnable work) {
    refuseIfClosed();
    waiting.addFirst(work);
  }

  private void refuseIfClosed() {
    if (threads.isShutdown()) {
      throw new RejectedExecutionException("the film workers are closed");
    }
  }

  /** Interrupts what runs and forgets what waits: its records have not been committed. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
