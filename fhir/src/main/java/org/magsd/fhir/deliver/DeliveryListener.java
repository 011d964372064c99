package org.magsd.fhir.deliver;

import java.time.Duration;

/** Hears what becomes of each report; called from delivery threads, must return at once. */
public interface DeliveryListener {
  /**
   * The server has the report.
   *
   * @param latency from the record's timestamp on the topic to the server's answer
   */
  default void delivered(String studyInstanceUid, int attempts, Duration latency) {}

  /** The server has a newer revision already; nothing was written. */
  default void superseded(String studyInstanceUid) {}

  /**
   * An attempt failed and will be made again.
   *
   * @param reason one of few fixed words, fit for a metric's label
   */
  default void retried(String studyInstanceUid, String reason) {}

  /**
   * The report was written to the undelivered topic.
   *
   * @param reason one of few fixed words, fit for a metric's label
   */
  default void undelivered(String studyInstanceUid, String reason) {}
}
