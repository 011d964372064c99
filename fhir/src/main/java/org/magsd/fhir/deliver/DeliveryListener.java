package org.magsd.fhir.deliver;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Hears what becomes of each report; called from delivery threads, must return at once. */
public interface DeliveryListener {
  /** The words that say why a report was not delivered. */
  List<String> REASONS = Stream.of(FailureKind.values()).map(FailureKind::word).toList();

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
   * @param reason one of {@link #REASONS}, fit for a metric's label
   */
  default void retried(String studyInstanceUid, String reason) {}

  /**
   * The report was written to the undelivered topic.
   *
   * @param reason one of {@link #REASONS}, fit for a metric's label
   */
  default void undelivered(String studyInstanceUid, String reason) {}
}
