package org.magsd.inference.stream;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a topic would not take, remembered while the process lives. A refused record spoils its
 * transaction: it cannot be passed over there and then. So the stream thread begins anew from the
 * last commit, and with this knowledge takes the study's other way: its films to {@code
 * dicom.rejected}, or a report without heat maps.
 *
 * <p>Studies, not films: a broker refuses later than a record is sent, and of what the handler is
 * told by then only the refused record is certain, not the film that led to it.
 */
final class Refusals {
  /** Under this key in the settings of Kafka Streams, where topology and handlers find it. */
  static final String SETTING = "magsd.refusals";

  private final Map<String, String> reasons = new ConcurrentHashMap<>();

  /** Those of the running application; none where the settings name none. */
  static Refusals of(Map<String, ?> settings) {
    return settings.get(SETTING) instanceof Refusals shared ? shared : new Refusals();
  }

  /** The topic refused a record of that key, the study. */
  void note(String topic, String key, String reason) {
    reasons.put(topic + "/" + key, reason);
  }

  /** Why the topic refused a record of that key. */
  Optional<String> reason(String topic, String key) {
    return Optional.ofNullable(reasons.get(topic + "/" + key));
  }
}
