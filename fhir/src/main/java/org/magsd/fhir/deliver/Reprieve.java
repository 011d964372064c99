package org.magsd.fhir.deliver;

import java.time.Duration;
import java.time.Instant;

/**
 * Until when the server asked to be left alone (Retry-After), for all reports alike. It ends before
 * its time when the server deals with a report that was sent after it had asked. Thread-safe.
 */
final class Reprieve {
  private Instant asked = Instant.MIN;
  private Instant until = Instant.MIN;

  /**
   * @param begun when the attempt was begun that the server answered so
   */
  synchronized void ask(Instant begun, Instant now, Duration wish) {
    Instant wished = now.plus(wish);
    // What it says to an attempt made since is news; to one made before, it may be both.
    if (begun.isAfter(asked) || wished.isAfter(until)) {
      until = wished;
    }
    asked = now;
  }

  /**
   * The server does its work.
   *
   * @param begun when the attempt was begun that shows it
   */
  synchronized void end(Instant begun) {
    if (begun.isAfter(asked)) {
      until = Instant.MIN;
    }
  }

  synchronized Instant until() {
    return until;
  }
}
