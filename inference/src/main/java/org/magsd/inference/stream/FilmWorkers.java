package org.magsd.inference.stream;

import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.magsd.inference.model.BatchSettings;

/**
 * Threads for work on films. What finishes a film goes first, so that results do not wait behind a
 * backlog; then headers are read, which takes no time and tells what is urgent; then films are
 * decoded, urgent ones {@value BatchSettings#URGENT_HEAD_START} films before their turn, so that
 * routine ones are slowed and never starved. How much waits here is bounded by what the stream
 * tasks have under way.
 */
final class FilmWorkers implements AutoCloseable {
  private static final long CLOSE_SECONDS = 10;

  private final AtomicLong number = new AtomicLong();
  private final ThreadPoolExecutor threads;

  /** What is to be done with a film, in the order of preference. */
  enum Step {
    FINISH,
    READ_HEADER,
    DECODE
  }

  private record Task(Step step, long turn, long number, Runnable work)
      implements Runnable, Comparable<Task> {
    @Override
    public void run() {
      work.run();
    }

    @Override
    public int compareTo(Task other) {
      int byStep = step.compareTo(other.step);
      int byTurn = byStep == 0 ? Long.compare(turn, other.turn) : byStep;
      return byTurn == 0 ? Long.compare(number, other.number) : byTurn;
    }
  }

  FilmWorkers(int count) {
    AtomicInteger thread = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            0,
            TimeUnit.SECONDS,
            new PriorityBlockingQueue<>(),
            task -> {
              Thread worker = new Thread(task, "magsd-film-" + thread.incrementAndGet());
              worker.setDaemon(true);
              return worker;
            });
    threads.prestartAllCoreThreads();
  }

  /** Runs the work when its turn has come. */
  void run(Step step, boolean urgent, Runnable work) {
    if (threads.isShutdown()) {
      throw new RejectedExecutionException("the film workers are closed");
    }
    long own = number.incrementAndGet();
    threads.execute(
        new Task(step, urgent ? own - BatchSettings.URGENT_HEAD_START : own, own, work));
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
