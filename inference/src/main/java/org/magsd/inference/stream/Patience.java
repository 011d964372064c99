package org.magsd.inference.stream;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Whether films get on, as the thread of their task sees it when it has a look at them. Those of
 * other tasks count: they have the same places, decoders and network, and go first as often as not.
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

  /**
   * Time without a look, the machine being asleep or the broker slow, is no film's.
   *
   * @param outcomes of films of all tasks so far
   */
  void look(long outcomes) {
    long now = System.nanoTime();
    if (now - looked > AWAY_NANOS || outcomes != this.outcomes) {
      moved = now;
    }
    looked = now;
    this.outcomes = outcomes;
  }

  /** At this look nothing was waited for. */
  void rest() {
    moved = looked;
  }

  boolean isOver() {
    return looked - moved > longest.toNanos();
  }
}
