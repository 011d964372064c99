package org.magsd.inference.stream;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Partitions for which a consumer did not ask while they were paused: what it knows of where their
 * logs end is as old as that, and so may be what it returns first. Once it has asked for them for
 * as long as a broker takes to answer at most, they are as all others.
 */
final class Rested {
  private static final long NOT_YET = Long.MAX_VALUE;

  /** Since when they have been asked for again. */
  private final Map<TopicPartition, Long> since = new HashMap<>();

  /**
   * The consumer asks the brokers.
   *
   * @param paused those for which it does not
   */
  void asking(Set<TopicPartition> assigned, Set<TopicPartition> paused, long now) {
    since.keySet().retainAll(assigned);
    paused.forEach(partition -> since.put(partition, NOT_YET));
    since.replaceAll(
        (partition, time) -> paused.contains(partition) ? NOT_YET : Math.min(time, now));
  }

  /** Whether the partition is one of them. */
  boolean contains(TopicPartition partition, long now) {
    return now - since.getOrDefault(partition, 0L) < LogEnds.ASKED_AGAIN_MILLIS;
  }
}
