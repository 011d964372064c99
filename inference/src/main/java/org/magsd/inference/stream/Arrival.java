package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * A record of {@code dicom.instances} as it came: the bytes, where they lay, and the optional hints
 * of its headers.
 *
 * @param key what the producer says is the StudyInstanceUID, its first thousand characters or so;
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

  /** What a header takes beside its key and its value: two lengths. */
  private static final int HEADER_FRAME = 8;

  private static final Set<String> OURS =
      Set.of("received-at", "sop-instance-uid", "calling-ae", "traceparent", Rejection.ATTEMPTS);

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
    if (key.length() <= LONGEST_HINT) {
      return key;
    }
    boolean insidePair = Character.isHighSurrogate(key.charAt(LONGEST_HINT - 1));
    return key.substring(0, insidePair ? LONGEST_HINT - 1 : LONGEST_HINT);
  }

  /** The headers, as many as fit in small records: ours before others. */
  static Headers headers(Record<String, ?> record) {
    Set<Header> fitting = Collections.newSetFromMap(new IdentityHashMap<>());
    int room = MOST_HEADER_BYTES;
    for (boolean ours : new boolean[] {true, false}) {
      for (Header header : record.headers()) {
        int size = size(header);
        if (OURS.contains(header.key()) == ours && size <= room) {
          fitting.add(header);
          room -= size;
        }
      }
    }
    Headers kept = new RecordHeaders();
    record.headers().forEach(header -> add(header, fitting, kept));
    return kept;
  }

  private static void add(Header header, Set<Header> fitting, Headers kept) {
    if (fitting.contains(header)) {
      kept.add(header);
    }
  }

  private static int size(Header header) {
    byte[] value = header.value();
    return HEADER_FRAME + header.key().getBytes(UTF_8).length + (value == null ? 0 : value.length);
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
