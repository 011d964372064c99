package org.magsd.inference.stream;

import java.time.Duration;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
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
 *
 * <p>A thread whose film takes longer than it may is interrupted, and another works in its place
 * until it is done: a decoder that does not end holds up nobody, up to as many as there are
 * threads.
 */
final class FilmWorkers implements AutoCloseable {
  private static final long CLOSE_SECONDS = 10;

  private final AtomicLong number = new AtomicLong();
  private final AtomicLong order = new AtomicLong();
  private final int count;
  private final ThreadPoolExecutor threads;
  private final ScheduledThreadPoolExecutor alarms;
  private int stuck;

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
    this.count = count;
    this.alarms = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "magsd-film-alarm"));
    alarms.setRemoveOnCancelPolicy(true);
    AtomicInteger thread = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            0,
            TimeUnit.SECONDS,
            new PriorityBlockingQueue<>(),
            task -> daemon(task, "magsd-film-" + thread.incrementAndGet()));
    threads.prestartAllCoreThreads();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Watches over what the calling thread does until it is closed. */
  final class Watch implements AutoCloseable {
    private final Thread worker = Thread.currentThread();
    private final ScheduledFuture<?> alarm;
    private boolean over;
    private boolean struck;

    private Watch(Duration limit, Runnable late) {
      alarm = alarms.schedule(() -> strike(late), limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void strike(Runnable late) {
      synchronized (FilmWorkers.this) {
        if (over) {
          return;
        }
      }
      try {
        late.run();
      } finally {
        synchronized (FilmWorkers.this) {
          if (!over) {
            struck = true;
            worker.interrupt();
            replace(1);
          }
        }
      }
    }

    @Override
    public void close() {
      alarm.cancel(false);
      synchronized (FilmWorkers.this) {
        over = true;
        if (struck) {
          struck = false;
          replace(-1);
        }
      }
    }
  }

  /**
   * Watches over what the calling thread does until the watch is closed.
   *
   * @param late run once that takes longer than the limit
   */
  Watch watch(Duration limit, Runnable late) {
    return new Watch(limit, late);
  }

  private synchronized void replace(int more) {
    stuck += more;
    int wanted = count + Math.min(stuck, count);
    if (wanted > threads.getMaximumPoolSize()) {
      threads.setMaximumPoolSize(wanted);
      threads.setCorePoolSize(wanted);
    } else {
      threads.setCorePoolSize(wanted);
      threads.setMaximumPoolSize(wanted);
    }
  }

  /** Runs the work when its turn has come. */
  void run(Step step, boolean urgent, Runnable work) {
    if (threads.isShutdown()) {
      throw new RejectedExecutionException("the film workers are closed");
    }
    // Films are counted, not their steps: the head start is one of films.
    long own = step == Step.DECODE ? number.incrementAndGet() : number.get();
    threads.execute(
        new Task(
            step,
            urgent ? own - BatchSettings.URGENT_HEAD_START : own,
            order.incrementAndGet(),
            work));
  }

  /** Interrupts what runs and forgets what waits: its records have not been committed. */
  @Override
  public void close() {
    alarms.shutdownNow();
    threads.shutdownNow();
    try {
      threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
