package org.magsd.ingest.receive;

import java.util.Collection;
import java.util.Map;

/**
 * What the broker has acknowledged, for storage commitment (PS3.4 Annex J): the answer survives
 * restarts and never names an instance that is not held.
 */
@FunctionalInterface
public interface AcknowledgedInstances {
  /**
   * The SOP class UID by SOP instance UID of those asked for that are held.
   *
   * @throws SinkUnavailableException when it cannot be known now
   */
  Map<String, String> find(Collection<String> sopInstanceUids);

  /** Knows of nothing: every commitment is declined. */
  static AcknowledgedInstances none() {
    return uids -> Map.of();
  }
}
