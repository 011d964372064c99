package org.magsd.inference.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.magsd.inference.console.StudyNotes;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.stream.ScreeningRecord;
import org.magsd.inference.stream.Topics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has come out of the pipeline so far. Thread-safe. */
final class Outcomes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

  private final Map<String, Map<String, ScreeningRecord>> images = new ConcurrentHashMap<>();
  private final Map<String, Report> reports = new ConcurrentHashMap<>();
  private final Map<String, String> rejections = new ConcurrentHashMap<>();
  private final Consumer<Report> listener;
  private final TopicWatch watch;

  /** A report as it stands on its topic. */
  record Report(String studyInstanceUid, String id, String bundle) {}

  /**
   * Watches from the beginning of the topics on.
   *
   * @param listener hears each report, on the watcher's thread
   */
  Outcomes(Map<String, Object> client, Consumer<Report> listener) {
    this.listener = listener;
    this.watch = TopicWatch.start(client, StudyNotes.TOPICS, Long.MAX_VALUE, this::note);
  }

  private void note(ConsumerRecord<String, byte[]> record) {
    String study = String.valueOf(record.key());
    try {
      if (record.topic().equals(Topics.SCREENINGS.name())) {
        ScreeningRecord one =
            Topics.SCREENINGS.values().deserializer().deserialize(record.topic(), record.value());
        Map<String, ScreeningRecord> ofStudy =
            images.computeIfAbsent(study, uid -> new ConcurrentHashMap<>());
        ofStudy.put(one.sopInstanceUid().orElse(""), one);
      } else if (record.topic().equals(Topics.REPORTS.name())) {
        String id = StudyNotes.reportId(record.value()).orElseThrow();
        Report report = new Report(study, id, new String(record.value(), UTF_8));
        listener.accept(report); // first: a report counts once its files are kept
        reports.put(study, report);
      } else {
        rejections.put(study, StudyNotes.reason(record));
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("{} {}: {}", record.topic(), record.offset(), e.getMessage());
    }
  }

  Optional<Report> report(String study) {
    return Optional.ofNullable(reports.get(study));
  }

  Optional<String> rejection(String study) {
    return Optional.ofNullable(rejections.get(study));
  }

  /** The images of a study, by SOP instance UID. */
  List<ScreeningRecord> images(String study) {
    return List.copyOf(
        new LinkedHashMap<>(images.getOrDefault(study, Map.of()))
            .entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .toList());
  }

  @Override
  public void close() {
    watch.close();
  }
}
