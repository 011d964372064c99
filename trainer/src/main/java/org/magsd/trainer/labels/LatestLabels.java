package org.magsd.trainer.labels;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.magsd.inference.UserError;
import org.magsd.ingest.dicom.Uid;

/**
 * Folds the records of {@code training.labels} into the label that stands for each study: the
 * latest by the time of confirmation, then by offset. A record without a value retracts what its
 * study was called before it.
 */
final class LatestLabels {
  private static final Comparator<Label> LATER =
      Comparator.comparing(Label::when)
          .thenComparing(Label::written)
          .thenComparing(Label::partition)
          .thenComparing(Label::offset);

  private final String topic;
  private final Map<String, Label> labels = new HashMap<>();
  private final Map<String, Retraction> retractions = new HashMap<>();

  /** Records that cannot be read, by study; a later record of the study makes up for one. */
  private final SortedMap<String, String> unreadable = new TreeMap<>();

  private final List<String> nameless = new ArrayList<>();

  /** A label and its place. */
  record Label(String label, Instant when, long written, int partition, long offset) {}

  private record Retraction(long written, int partition) {}

  LatestLabels(String topic) {
    this.topic = topic;
  }

  void add(ConsumerRecord<byte[], byte[]> record) {
    Optional<String> key =
        Optional.ofNullable(record.key())
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
            .filter(Uid::isUsable);
    if (record.value() == null) {
      key.ifPresentOrElse(study -> retract(study, record), () -> nameless.add(place(record)));
      return;
    }
    try {
      LabelRecord read = LabelRecord.parse(record.value());
      Optional<String> study = key.or(read::study);
      if (study.isEmpty()) {
        nameless.add(place(record));
      } else if (read.study().isPresent() && !read.study().equals(study)) {
        unreadable.put(study.get(), place(record) + ": key and value name different studies");
      } else {
        label(study.get(), read, record);
      }
    } catch (IOException e) {
      key.ifPresentOrElse(
          study -> unreadable.put(study, place(record) + ": " + e.getMessage()),
          () -> nameless.add(place(record)));
    }
  }

  private void label(String study, LabelRecord read, ConsumerRecord<byte[], byte[]> record) {
    unreadable.remove(study);
    Label label =
        new Label(
            read.label(), read.when(), record.timestamp(), record.partition(), record.offset());
    Retraction retracted = retractions.get(study);
    // Offsets order one partition; between two, as after a change of their number, clocks must do.
    if (retracted == null
        || retracted.partition() == label.partition()
        || retracted.written() < label.written()) {
      labels.merge(study, label, (one, other) -> LATER.compare(one, other) < 0 ? other : one);
    }
  }

  private void retract(String study, ConsumerRecord<byte[], byte[]> record) {
    unreadable.remove(study);
    retractions.merge(
        study,
        new Retraction(record.timestamp(), record.partition()),
        (one, other) -> one.written() < other.written() ? other : one);
    labels.computeIfPresent(
        study,
        (uid, label) ->
            label.partition() == record.partition() || label.written() <= record.timestamp()
                ? null
                : label);
  }

  /**
   * What stands, by StudyInstanceUID.
   *
   * @throws UserError naming partition and offset of a study's last record, if it cannot be read
   */
  SortedMap<String, Label> standing() {
    if (!unreadable.isEmpty()) {
      throw new UserError(
          unreadable.get(unreadable.firstKey())
              + (unreadable.size() > 1 ? " (and " + (unreadable.size() - 1) + " more)" : "")
              + "; a further record for the study makes up for it");
    }
    return new TreeMap<>(labels);
  }

  /** Studies whose label was taken back and not given anew. */
  int retracted() {
    return (int) retractions.keySet().stream().filter(study -> !labels.containsKey(study)).count();
  }

  /** Places of records that name no study, which nobody can correct. */
  List<String> nameless() {
    return List.copyOf(nameless);
  }

  private String place(ConsumerRecord<byte[], byte[]> record) {
    return topic + ", partition " + record.partition() + ", offset " + record.offset();
  }
}
