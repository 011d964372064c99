package org.magsd.inference.bench;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Publishes films as reports come out, so that about as many are always on their way, evenly over
 * time. A backlog published at once would not do: a study is quiet by the time of the log, so that
 * what was assessed early is reported late and in one go, and would be counted to another time than
 * its work.
 */
final class Flow implements AutoCloseable {
  private static final long STEP_MILLIS = 5;
  private static final long END_MILLIS = 30_000;

  /** Share of the room that is filled in a second: little enough to even out commits. */
  private static final double FILLED_A_SECOND = 2;

  private final Feed feed;
  private final Reports reports;
  private final int before;
  private final Thread thread = new Thread(this::publish, "bench-flow");
  private volatile int onTheirWay;
  private volatile boolean ended;
  private final AtomicInteger published = new AtomicInteger();

  /**
   * Begins. Nothing else may be on its way.
   *
   * @param onTheirWay most films that are published and not reported
   */
  Flow(Feed feed, Reports reports, int onTheirWay) {
    this.feed = feed;
    this.reports = reports;
    this.onTheirWay = onTheirWay;
    this.before = reports.count();
    thread.setDaemon(true);
    thread.start();
  }

  /** Films published so far. */
  int published() {
    return published.get();
  }

  /** Lets another number of films be on their way. */
  void allow(int films) {
    onTheirWay = films;
  }

  /** As many a second as there is room for: the nearer to the most, the slower. */
  private void publish() {
    double due = 0;
    long last = System.nanoTime();
    try {
      while (!ended) {
        Thread.sleep(STEP_MILLIS);
        long now = System.nanoTime();
        int room = onTheirWay - (published.get() - (reports.count() - before));
        due = Math.min(room, due + Math.max(0, room) * FILLED_A_SECOND * ((now - last) / 1e9));
        last = now;
        if (due >= 1) {
          int films = (int) due;
          feed.publish(films);
          published.addAndGet(films);
          due -= films;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Publishes no more, and waits for what is being published. */
  void end() throws InterruptedException {
    ended = true;
    thread.join(END_MILLIS);
  }

  /** Publishes no more, without waiting for what is being published. */
  @Override
  public void close() {
    ended = true;
  }
}
