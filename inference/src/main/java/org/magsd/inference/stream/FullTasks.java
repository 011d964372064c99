package org.magsd.inference.stream;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Partitions of whose films so many wait that no more are wanted for now. Their consumers fetch
 * none meanwhile; a task that waited for a place instead would hold up the other tasks of its
 * thread.
 */
final class FullTasks {
  /** Under this key in the settings of Kafka Streams, where topology and consumers find it. */
  static final String SETTING = "magsd.full.tasks";

  private final Set<TopicPartition> full = ConcurrentHashMap.newKeySet();

  /** Those of the running application; of nobody where the settings name none. */
  static FullTasks of(Map<String, ?> settings) {
    return settings.get(SETTING) instanceof FullTasks shared ? shared : new FullTasks();
  }

  /** The task of that partition wants no more records for now, or does again. */
  void set(TopicPartition partition, boolean isFull) {
    if (isFull) {
      full.add(partition);
    } else {
      full.remove(partition);
    }
  }

  boolean contains(TopicPartition partition) {
    return full.contains(partition);
  }
}
