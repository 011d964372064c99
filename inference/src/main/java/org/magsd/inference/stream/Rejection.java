package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The headers of a record on {@code dicom.rejected}: why it is there and where it came from. They
 * hold no patient data.
 */
public final class Rejection {
  public static final String REASON = "reason";
  public static final String EXCEPTION = "exception";
  public static final String TOPIC = "original-topic";
  public static final String PARTITION = "original-partition";
  public static final String OFFSET = "original-offset";

  /** How often the record has been processed in vain. */
  public static final String ATTEMPTS = "attempts";

  private static final int LONGEST_REASON = 500;

  private Rejection() {}

  /** Says why and whence in the headers, in place of what an earlier attempt said. */
  static void describe(Headers headers, Screening.Failed failed, Arrival arrival) {
    describe(
        headers,
        failed.reason(),
        failed.exception(),
        arrival.topic(),
        arrival.partition(),
        arrival.offset(),
        arrival.attempts() + 1);
  }

  static void describe(
      Headers headers,
      String reason,
      String exception,
      String topic,
      int partition,
      long offset,
      int attempts) {
    put(headers, REASON, reason.substring(0, Math.min(reason.length(), LONGEST_REASON)));
    put(headers, EXCEPTION, exception);
    put(headers, TOPIC, topic);
    put(headers, PARTITION, Integer.toString(partition));
    put(headers, OFFSET, Long.toString(offset));
    put(headers, ATTEMPTS, Integer.toString(attempts));
  }

  /** How often the record has been processed in vain, as its headers say. */
  static int attempts(Headers headers) {
    Header header = headers.lastHeader(ATTEMPTS);
    String text = header == null || header.value() == null ? "" : new String(header.value(), UTF_8);
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
  }

  private static void put(Headers headers, String name, String value) {
    headers.remove(name);
    headers.add(name, value.getBytes(UTF_8));
  }
}
