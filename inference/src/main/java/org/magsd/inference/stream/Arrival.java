package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * A record of {@code dicom.instances} as it came: the bytes, where they lay, and the optional hints
 * of its headers.
 *
 * @param key what the producer says is the StudyInstanceUID, no more of it than a UID may be long;
 *     empty where the record has no key
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

  /** Of a key or hint; a UID has 64. */
  private static final int LONGEST_HINT = 1024;

  /** They go on to topics whose records are small. */
  private static final int MOST_HEADER_BYTES = 16 << 10;

  static Arrival of(Record<String, byte[]> record, Optional<RecordMetadata> place) {
    Headers headers = record.headers();
    Instant appended = Instant.ofEpochMilli(record.timestamp());
    return new Arrival(
        key(record),
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

  /** The key as far as it can be a UID: what is longer would fit in no record further down. */
  static String key(Record<String, ?> record) {
    String key = record.key() == null ? "" : record.key();
    return key.substring(0, Math.min(key.length(), LONGEST_HINT));
  }

  /** The headers, as many as fit in small records. */
  static Headers headers(Record<String, ?> record) {
    Headers kept = new RecordHeaders();
    int bytes = 0;
    for (Header header : record.headers()) {
      byte[] value = header.value();
      int size = header.key().length() + (value == null ? 0 : value.length);
      if (size <= MOST_HEADER_BYTES - bytes) {
        kept.add(header);
        bytes += size;
      }
    }
    return kept;
  }

  private static Optional<String> text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null || header.value().length > LONGEST_HINT
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
