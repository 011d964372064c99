package org.magsd.inference.stream;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.common.errors.RecordTooLargeException;

/**
 * What a topic would not take, remembered for a while, and of films for a while after it last
 * mattered: so that whatever was begun in one transaction is known by the time it can be committed.
 * A refused record spoils its transaction: it cannot be passed over there and then. So the stream
 * thread begins anew from the last commit, and with this knowledge takes the study's other way: its
 * films to {@code dicom.rejected}, or a report without heat maps, or later. What has been mended
 * since is then tried again; where it has not, that costs the thread once more.
 *
 * <p>Studies, not films: a broker refuses later than a record is sent, and of what the handler is
 * told by then only the refused record is certain, not the film that led to it.
 */
final class Refusals {
  /** Under this key in the settings of Kafka Streams, where topology and handlers find it. */
  static final String SETTING = "magsd.refusals";

  /** Long enough for a thread to restore its state and come to the film again. */
  private static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** Where results of single films go. */
  private static final List<String> OUTCOMES =
      List.of(Topics.INSTANCES.name(), Topics.SCREENINGS.name());

  private final Map<String, Noted> refusals = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

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

  private record Noted(Refusal refusal, long at, boolean again) {}

  Refusals() {
    this(System::nanoTime);
  }

  Refusals(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Those of the running application; none where the settings name none. */
  static Refusals of(Map<String, ?> settings) {
    return settings.get(SETTING) instanceof Refusals shared ? shared : new Refusals();
  }

  /** The topic refused a record of that key, the study. */
  void note(String topic, String key, Refusal refusal) {
    refusals.values().removeIf(this::isOld);
    refusals.merge(
        topic + "/" + key,
        new Noted(refusal, nanoTime.getAsLong(), false),
        (before, now) -> new Noted(now.refusal(), now.at(), true));
  }

  /** Whether the topic has lately refused what was tried after a refusal, too. */
  boolean refusedAgain(String topic, String key) {
    Noted noted = refusals.get(topic + "/" + key);
    return noted != null && noted.again() && !isOld(noted);
  }

  private boolean isOld(Noted noted) {
    return nanoTime.getAsLong() - noted.at() > REMEMBERED_NANOS;
  }

  /** Why the topic lately refused a record of that key. */
  Optional<Refusal> refusal(String topic, String key) {
    return Optional.ofNullable(refusals.get(topic + "/" + key))
        .filter(noted -> !isOld(noted))
        .map(Noted::refusal);
  }

  private Optional<Refusal> used(String topic, String study) {
    Optional<Refusal> refusal = refusal(topic, study);
    refusal.ifPresent(
        known ->
            refusals.computeIfPresent(
                topic + "/" + study,
                (key, noted) -> new Noted(known, nanoTime.getAsLong(), noted.again())));
    return refusal;
  }

  /**
   * The outcome; as a failure, where a topic has lately refused what was made of the study, and
   * without what the model under trial says, where that was refused.
   */
  Screened unlessRefused(Screened screened) {
    String study = screened.study();
    return OUTCOMES.stream()
        .flatMap(topic -> used(topic, study).stream())
        .findFirst()
        .map(refusal -> screened.failed(refusal.reason(), refusal.exception()))
        .orElseGet(
            () ->
                refusal(Topics.SHADOW_SCREENINGS.name(), study).isPresent()
                    ? screened.withoutShadow()
                    : screened);
  }
}
