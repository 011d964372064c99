package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * A record of {@code dicom.instances} as it came: the bytes, where they lay, and the optional hints
 * of its headers.
 *
 * @param key what the producer says is the StudyInstanceUID; empty where the record has no key
 * @param value DICOM file or blob reference; empty for a record without a value
 * @param appended the record's timestamp, milliseconds since 1970
 * @param receivedAt when the receiver had the last byte, as far as what it says can be true: not
 *     before 1970 nor after the record's timestamp; else the record's timestamp
 * @param attempts how often the record was put back by a replay
 */
@SuppressWarnings("ArrayRecordComponent") // passed along, never compared
public record Arrival(
    String key,
    byte[] value,
    String topic,
    int partition,
    long offset,
    long appended,
    Instant receivedAt,
    Optional<String> sopInstanceUid,
    Optional<String> callingAe,
    int attempts) {

  static Arrival of(Record<String, byte[]> record, Optional<RecordMetadata> place) {
    Headers headers = record.headers();
    Instant appended = Instant.ofEpochMilli(record.timestamp());
    return new Arrival(
        record.key() == null ? "" : record.key(),
        record.value() == null ? new byte[0] : record.value(),
        place.map(RecordMetadata::topic).orElse(""),
        place.map(RecordMetadata::partition).orElse(-1),
        place.map(RecordMetadata::offset).orElse(-1L),
        record.timestamp(),
        text(headers, "received-at")
            .flatMap(Arrival::instant)
            .filter(said -> !said.isBefore(Instant.EPOCH) && !said.isAfter(appended))
            .orElse(appended),
        text(headers, "sop-instance-uid"),
        text(headers, "calling-ae"),
        Rejection.attempts(headers));
  }

  private static Optional<String> text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), UTF_8));
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException notATime) {
      return Optional.empty();
    }
  }
}
