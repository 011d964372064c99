package org.magsd.inference.stream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Whether the films of a task get on, as its thread sees it when it has a look at them. While some
 * are under way, those of other tasks count: they have the same decoders and network, and go first
 * as often as not.
 */
final class Patience {
  /** Who has not looked for so long was away. */
  private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Duration longest;

  /** When a film was last finished, or the first one begun. */
  private long moved;

  private long looked;
  private long outcomes;

  /**
   * @param longest time without an outcome
   */
  Patience(Duration longest) {
    this.longest = longest;
  }

  /** Nothing has been looked at before. */
  void begin() {
    moved = System.nanoTime();
    looked = moved;
  }

  /** A film got on. */
  void moved() {
    moved = System.nanoTime();
  }

  /** Time without a look, the machine being asleep or the broker slow, is no film's. */
  void look() {
    long now = System.nanoTime();
    if (now - looked > AWAY_NANOS) {
      moved = now;
    }
    looked = now;
  }

  /**
   * Films of other tasks got on, if there are more outcomes than before.
   *
   * @param all outcomes of films of all tasks so far
   */
  void others(long all) {
    if (all != outcomes) {
      outcomes = all;
      moved = looked;
    }
  }

  /** At this look nothing was waited for. */
  void rest() {
    moved = looked;
  }

  boolean isOver() {
    return looked - moved > longest.toNanos();
  }
}
