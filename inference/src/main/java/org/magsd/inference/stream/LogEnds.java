package org.magsd.inference.stream;

import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far each partition has been read and whether anything is left there, as the consumers saw it
 * when they last asked the brokers. What a consumer has returned may still wait for its task; so
 * the end is reached by a task that has taken all of it.
 *
 * <p>Records bear the time of the broker's clock, and ends are seen by ours. A record that came
 * after an end and says that it came before tells how far that clock is behind at least, or that
 * the record was late, as with a broker that has much else to send. What two such records in turn
 * agree on is the clock: times are given by it, so that no study is over before its quiet period
 * is. Of a clock that is ahead arrivals are taken for now, which needs no help.
 */
final class LogEnds {
  /** Under this key in the settings of Kafka Streams, where topology and consumers find it. */
  static final String SETTING = "magsd.log.ends";

  /**
   * A consumer that has all it was sent may not yet have asked for more; it has after so long, for
   * brokers answer within half a second even if there is nothing.
   */
  static final long ASKED_AGAIN_MILLIS = 1_000;

  /** A record that the broker has is with a consumer that waits for it so soon. */
  static final long ON_ITS_WAY_MILLIS = 1;

  /** Clocks that are kept agree within milliseconds. */
  private static final long WORTH_TELLING_MILLIS = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(LogEnds.class);
  private static final long NONE = -1;

  private final Map<TopicPartition, End> ends = new ConcurrentHashMap<>();

  /**
   * @param returned offset of the last record the consumer has returned
   * @param since when it returned that, milliseconds since 1970
   * @param reachedAt when it last saw that nothing is left; absent while something is
   * @param late milliseconds by which a record was late, when that was last to be told
   * @param behind milliseconds that the broker's clock is known to be behind ours
   */
  private record End(long returned, long since, OptionalLong reachedAt, long late, long behind) {
    static End begun(long now) {
      return new End(NONE, now, OptionalLong.empty(), 0, 0);
    }

    /** A record came after the end that was seen. */
    End with(long appended) {
      long lateness = Math.max(0, reachedAt.getAsLong() - appended);
      return new End(returned, since, reachedAt, lateness, Math.min(late, lateness));
    }

    End at(long offset, long now, OptionalLong seen) {
      return new End(offset, now, seen, late, behind);
    }

    /** Whether the end that was seen is not one of before the last record. */
    boolean seenSince() {
      return reachedAt.isPresent() && reachedAt.getAsLong() - since >= ASKED_AGAIN_MILLIS;
    }
  }

  /** Those of the running application; empty where the settings name none. */
  static LogEnds of(Map<String, ?> settings) {
    return settings.get(SETTING) instanceof LogEnds shared ? shared : new LogEnds();
  }

  /** A task takes the partition over: what was returned before goes to others, or comes again. */
  void begin(TopicPartition partition, long now) {
    ends.computeIfPresent(partition, (same, end) -> end.at(NONE, now, OptionalLong.empty()));
  }

  /**
   * The consumer has returned records.
   *
   * @param appended when the first of them came by the broker's clock; empty: it does not tell
   * @param offset of the last
   */
  void returned(TopicPartition partition, OptionalLong appended, long offset, long now) {
    End before = ends.getOrDefault(partition, End.begun(now));
    End after =
        before.seenSince() && appended.isPresent() ? before.with(appended.getAsLong()) : before;
    if (after.behind() > WORTH_TELLING_MILLIS && before.behind() <= WORTH_TELLING_MILLIS) {
      LOG.warn(
          "records of {} come {} ms late, or its broker's clock is behind: studies wait as much"
              + " longer",
          partition,
          after.behind());
    }
    ends.put(partition, after.at(offset, now, OptionalLong.empty()));
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
    End before = ends.getOrDefault(partition, End.begun(asked));
    OptionalLong reachedAt =
        left.isPresent() && left.getAsLong() <= 0 ? OptionalLong.of(asked) : OptionalLong.empty();
    ends.put(partition, before.at(before.returned(), before.since(), reachedAt));
  }

  /** There is a consumer that will tell of the partition: until then its end is not known. */
  void expect(TopicPartition partition, long now) {
    ends.putIfAbsent(partition, End.begun(now));
  }

  /** Whether consumers tell of that partition at all; they do not where Streams is only tested. */
  boolean watches(TopicPartition partition) {
    return ends.containsKey(partition);
  }

  /**
   * Until when, by the broker's clock, the partition is known to hold nothing but what the task has
   * taken; empty where more is there or may be.
   *
   * @param taken offset of the last record taken by the task; -1: none yet
   * @param fresh whether that record was taken as it came, so that no end reached is an old one
   */
  OptionalLong reached(TopicPartition partition, long taken, boolean fresh) {
    End end = ends.get(partition);
    if (end == null || end.reachedAt().isEmpty() || end.returned() > taken) {
      return OptionalLong.empty();
    }
    return fresh || end.seenSince()
        ? OptionalLong.of(end.reachedAt().getAsLong() - end.behind())
        : OptionalLong.empty();
  }

  /** When the end of the log can be known to have been reached at that time of the broker's. */
  long knownAt(TopicPartition partition, long time) {
    End end = ends.get(partition);
    return end == null ? time : time + end.behind() + ON_ITS_WAY_MILLIS;
  }
}
