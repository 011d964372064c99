package org.magsd.inference.stream;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.errors.RecordTooLargeException;

/**
 * What a topic would not take, remembered while the process lives. A refused record spoils its
 * transaction: it cannot be passed over there and then. So the stream thread begins anew from the
 * last commit, and with this knowledge takes the study's other way: its films to {@code
 * dicom.rejected}, or a report without heat maps, or later.
 *
 * <p>Studies, not films: a broker refuses later than a record is sent, and of what the handler is
 * told by then only the refused record is certain, not the film that led to it.
 */
final class Refusals {
  /** Under this key in the settings of Kafka Streams, where topology and handlers find it. */
  static final String SETTING = "magsd.refusals";

  /** Where results of single films go. */
  private static final List<String> OUTCOMES =
      List.of(Topics.INSTANCES.name(), Topics.SCREENINGS.name(), Topics.SHADOW_SCREENINGS.name());

  private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();

  /**
   * Why a topic would not take a record.
   *
   * @param reason one sentence without patient data
   * @param exception class of what the broker or the client said
   */
  record Refusal(String reason, String exception) {
    boolean tooLarge() {
      return exception.equals(RecordTooLargeException.class.getName());
    }
  }

  /** Those of the running application; none where the settings name none. */
  static Refusals of(Map<String, ?> settings) {
    return settings.get(SETTING) instanceof Refusals shared ? shared : new Refusals();
  }

  /** The topic refused a record of that key, the study. */
  void note(String topic, String key, Refusal refusal) {
    refusals.put(topic + "/" + key, refusal);
  }

  /** Why the topic refused a record of that key. */
  Optional<Refusal> refusal(String topic, String key) {
    return Optional.ofNullable(refusals.get(topic + "/" + key));
  }

  /** The outcome; as a failure, where a topic has refused what was made of the study before. */
  Screened unlessRefused(Screened screened) {
    return OUTCOMES.stream()
        .flatMap(topic -> refusal(topic, screened.study()).stream())
        .findFirst()
        .map(refusal -> screened.failed(refusal.reason(), refusal.exception()))
        .orElse(screened);
  }

  /** The next record of that key may be tried as if nothing had been refused. */
  void forget(String topic, String key) {
    refusals.remove(topic + "/" + key);
  }
}
