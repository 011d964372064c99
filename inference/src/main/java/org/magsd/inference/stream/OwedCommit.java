package org.magsd.inference.stream;

import java.util.function.BooleanSupplier;

/**
 * That a task has passed on what readers get to see with the next commit. A transaction costs what
 * several films do: it is asked for when that is at no film's expense, and otherwise left to the
 * commit interval.
 *
 * <p>A commit is that of one stream thread. So a report waits only shortly for films of other
 * threads, which may be under way without end: long enough for theirs to share the transaction.
 */
final class OwedCommit {
  static final long OTHER_THREADS_MILLIS = 100;

  private static final long NONE = Long.MAX_VALUE;

  private boolean owed;
  private long reportSince = NONE;

  /** A film's outcome has been passed on. */
  void outcome() {
    owed = true;
  }

  /** A report has been passed on. */
  void report(long now) {
    owed = true;
    reportSince = Math.min(reportSince, now);
  }

  boolean isOwed() {
    return owed;
  }

  /**
   * Whether to ask for it now.
   *
   * @param idle whether no task has anything to do
   * @param threadIdle the same of those of its thread
   */
  boolean isDue(long now, BooleanSupplier idle, BooleanSupplier threadIdle) {
    return owed
        && (idle.getAsBoolean()
            || (now - reportSince >= OTHER_THREADS_MILLIS && threadIdle.getAsBoolean()));
  }

  /** It has been asked for, or is under way. */
  void paid() {
    owed = false;
    reportSince = NONE;
  }
}
