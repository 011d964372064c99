package org.magsd.inference.console;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.magsd.inference.stream.Rejection;
import org.magsd.inference.stream.Topics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the page's list from what is on the outgoing topics. */
public final class StudyNotes {
  /** The topics to read. */
  public static final List<String> TOPICS =
      List.of(Topics.SCREENINGS.name(), Topics.REPORTS.name(), Topics.REJECTED.name());

  /** Of small records, so that the page is not empty after a start. */
  private static final long LOOK_BACK = 50;

  /**
   * Of rejected records, which are whole films though a header of theirs is all that is shown. Why
   * a film has failed, {@code cxr.screenings} tells as well.
   */
  private static final long LOOK_BACK_AT_FILMS = 5;

  private static final Logger LOG = LoggerFactory.getLogger(StudyNotes.class);
  private static final JsonFactory JSON = new JsonFactory();

  private final RecentStudies studies;

  public StudyNotes(RecentStudies studies) {
    this.studies = studies;
  }

  /** How far before its end a topic is read at a start, in places of each partition. */
  public static long lookBack(String topic) {
    return topic.equals(Topics.REJECTED.name()) ? LOOK_BACK_AT_FILMS : LOOK_BACK;
  }

  /** Notes one record of those topics; one without a value says nothing. */
  public void note(ConsumerRecord<String, byte[]> record) {
    if (record.value() == null && !record.topic().equals(Topics.REJECTED.name())) {
      return;
    }
    String study = record.key() == null ? "" : record.key();
    Instant when = Instant.ofEpochMilli(record.timestamp());
    try {
      if (record.topic().equals(Topics.SCREENINGS.name())) {
        studies.screened(
            Topics.SCREENINGS.values().deserializer().deserialize(record.topic(), record.value()),
            when);
      } else if (record.topic().equals(Topics.REPORTS.name())) {
        reportId(record.value()).ifPresent(id -> studies.reported(study, id, when));
      } else {
        studies.rejected(study, reason(record), when);
      }
    } catch (IOException | RuntimeException e) { // a message would quote the record
      LOG.warn(
          "{} {} cannot be shown: {}", record.topic(), record.offset(), e.getClass().getName());
    }
  }

  /** Why a record is on {@code dicom.rejected}. */
  public static String reason(ConsumerRecord<String, byte[]> record) {
    Header reason = record.headers().lastHeader(Rejection.REASON);
    return reason == null || reason.value() == null
        ? "unknown"
        : new String(reason.value(), StandardCharsets.UTF_8);
  }

  /** The id of the Bundle's DiagnosticReport, without reading the heat maps before it. */
  public static Optional<String> reportId(byte[] bundle) throws IOException {
    try (JsonParser parser = JSON.createParser(bundle)) {
      String type = ""; // or null, where it is no text
      while (parser.nextToken() != null) {
        if (parser.currentToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          if (name.equals("resourceType")) {
            type = parser.nextTextValue();
          } else if (name.equals("id") && "DiagnosticReport".equals(type)) {
            return Optional.ofNullable(parser.nextTextValue());
          }
        }
      }
    }
    return Optional.empty();
  }
}
