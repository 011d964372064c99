package org.magsd.fhir.deliver;

import java.time.Duration;
import java.util.Optional;

/** What one attempt to deliver a report came to. */
sealed interface Attempt {
  /** The server has it. */
  record Delivered() implements Attempt {}

  /**
   * The server has a newer revision; nothing was written.
   *
   * @param revision of the report that was to be written
   */
  record Superseded(int revisionThere, int revision) implements Attempt {}

  /** It was stopped before the report was posted. */
  record Stopped() implements Attempt {}

  /**
   * It did not work, but may.
   *
   * @param status the server's, where it answered
   * @param retryAfter how long the server asked to be left alone
   * @param outcome what the server said, without patient data; without a status, why no answer
   *     came, in words that are not the server's
   */
  record Failed(
      FailureKind kind, Optional<Integer> status, Optional<Duration> retryAfter, String outcome)
      implements Attempt {}

  /** It never will. */
  record Refused(FailureKind kind, Optional<Integer> status, String outcome) implements Attempt {}
}
