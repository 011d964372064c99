package org.magsd.inference.stream;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * When each task next has to look after something else than records: at films under way, whose
 * results come from other threads, or at a study that is due. Consumers wait for records until then
 * and no longer; so a due study is reported to the millisecond, and an idle thread sleeps.
 */
final class NextLooks {
  /** Under this key in the settings of Kafka Streams, where topology and consumers find it. */
  static final String SETTING = "magsd.next.looks";

  private static final long NONE = Long.MAX_VALUE;

  /** Long enough for a broker's answer that is on its way. */
  private static final long SHORTEST_MILLIS = 1;

  private final Map<TopicPartition, Long> times = new ConcurrentHashMap<>();

  /** Those of the running application; of nobody where the settings name none. */
  static NextLooks of(Map<String, ?> settings) {
    return settings.get(SETTING) instanceof NextLooks shared ? shared : new NextLooks();
  }

  /**
   * The task of that partition has to look then.
   *
   * @param time milliseconds since 1970; {@link Long#MAX_VALUE}: only once a record has come
   */
  void at(TopicPartition partition, long time) {
    times.put(partition, time);
  }

  /**
   * How long a consumer of those partitions may wait.
   *
   * @param patience how long it would
   * @param now milliseconds since 1970
   */
  Duration limit(Duration patience, Collection<TopicPartition> partitions, long now) {
    long next = NONE;
    for (TopicPartition partition : partitions) {
      next = Math.min(next, times.getOrDefault(partition, NONE));
    }
    if (next == NONE) {
      return patience;
    }
    Duration until = Duration.ofMillis(Math.max(SHORTEST_MILLIS, next - now));
    return until.compareTo(patience) < 0 ? until : patience;
  }
}
