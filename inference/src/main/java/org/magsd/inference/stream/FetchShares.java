package org.magsd.inference.stream;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * How much of each partition is fetched at a time when it is read again, so that many partitions of
 * the process hold no more together than few. Each keeps the share it began with.
 */
final class FetchShares {
  /** Under this key in the settings of Kafka Streams, where all tasks find it. */
  static final String SETTING = "magsd.fetch.shares";

  private static final int TOGETHER = 64 << 20;

  /** Some twenty films: an answer of the broker must last until the next one is there. */
  private static final int MOST = 4 << 20;

  private static final int LEAST = 1 << 20;

  private final Set<TopicPartition> partitions = ConcurrentHashMap.newKeySet();

  /** Those of the running application; of nobody else where the settings name none. */
  static FetchShares of(Map<String, ?> settings) {
    return settings.get(SETTING) instanceof FetchShares shared ? shared : new FetchShares();
  }

  /** A task of this process has that partition. */
  void begin(TopicPartition partition) {
    partitions.add(partition);
  }

  /** No task of this process has that partition any more. */
  void end(TopicPartition partition) {
    partitions.remove(partition);
  }

  /** Bytes for each of those there are now. */
  int bytes() {
    return Math.max(LEAST, Math.min(MOST, TOGETHER / Math.max(1, partitions.size())));
  }
}
