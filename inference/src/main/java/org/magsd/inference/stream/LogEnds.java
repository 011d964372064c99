package org.magsd.inference.stream;

import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * How far each partition has been read and whether anything is left there, as the consumers saw it
 * when they last asked the brokers. What a consumer has returned may still wait for its task; so
 * the end is reached by a task that has taken all of it.
 */
final class LogEnds {
  /** Under this key in the settings of Kafka Streams, where topology and consumers find it. */
  static final String SETTING = "magsd.log.ends";

  /**
   * A consumer that has all it was sent may not yet have asked for more; it has after so long, for
   * brokers answer within half a second even if there is nothing.
   */
  private static final long ASKED_AGAIN_MILLIS = 1_000;

  /** A record that the broker has is with a consumer that waits for it so soon. */
  static final long ON_ITS_WAY_MILLIS = 1;

  private static final long NONE = -1;

  private final Map<TopicPartition, End> ends = new ConcurrentHashMap<>();

  /**
   * @param returned offset of the last record the consumer has returned
   * @param since when it returned that, milliseconds since 1970
   * @param reachedAt when it last saw that nothing is left; absent while something is
   */
  private record End(long returned, long since, OptionalLong reachedAt) {}

  /** Those of the running application; empty where the settings name none. */
  static LogEnds of(Map<String, ?> settings) {
    return settings.get(SETTING) instanceof LogEnds shared ? shared : new LogEnds();
  }

  /** A task takes the partition over: what was returned before goes to others, or comes again. */
  void begin(TopicPartition partition, long now) {
    ends.computeIfPresent(partition, (same, end) -> new End(NONE, now, OptionalLong.empty()));
  }

  /** The consumer has returned a record of that offset. */
  void returned(TopicPartition partition, long offset, long now) {
    ends.put(partition, new End(offset, now, OptionalLong.empty()));
  }

  /**
   * The consumer has asked for more, and there was nothing while it waited.
   *
   * @param asked when it began to
   * @param until when it gave up
   * @param left how many records it knows to lie behind those it has returned; empty: unknown
   */
  void waited(TopicPartition partition, long asked, long until, OptionalLong left) {
    asked(partition, Math.max(asked, until - ON_ITS_WAY_MILLIS), left);
  }

  /**
   * The consumer has asked for more.
   *
   * @param asked when it began to
   * @param left how many records it knows to lie behind those it has returned; empty: unknown
   */
  void asked(TopicPartition partition, long asked, OptionalLong left) {
    End before = ends.getOrDefault(partition, new End(NONE, asked, OptionalLong.empty()));
    OptionalLong reachedAt =
        left.isPresent() && left.getAsLong() <= 0 ? OptionalLong.of(asked) : OptionalLong.empty();
    ends.put(partition, new End(before.returned(), before.since(), reachedAt));
  }

  /** Whether consumers tell of that partition at all; they do not where Streams is only tested. */
  boolean watches(TopicPartition partition) {
    return ends.containsKey(partition);
  }

  /**
   * Until when the partition is known to hold nothing but what the task has taken; empty where more
   * is there or may be.
   *
   * @param taken offset of the last record taken by the task; -1: none yet
   * @param fresh whether that record was taken as it came, so that no end reached is an old one
   */
  OptionalLong reached(TopicPartition partition, long taken, boolean fresh) {
    End end = ends.get(partition);
    if (end == null || end.reachedAt().isEmpty() || end.returned() > taken) {
      return OptionalLong.empty();
    }
    boolean recent = fresh || end.reachedAt().getAsLong() - end.since() >= ASKED_AGAIN_MILLIS;
    return recent ? end.reachedAt() : OptionalLong.empty();
  }
}
