package org.magsd.inference.stream;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** A topic with the types on it. */
public record Topic<K, V>(String name, Serde<K> keys, Serde<V> values) {
  Consumed<K, V> read(String step) {
    return Consumed.with(keys, values).withName(step).withTimestampExtractor(Topic::time);
  }

  /** The log's; where its producer set it, neither before 1970 nor after now. */
  private static long time(ConsumerRecord<Object, Object> record, long partitionTime) {
    return Math.max(0, Math.min(record.timestamp(), System.currentTimeMillis()));
  }

  Produced<K, V> written(String step) {
    return Produced.with(keys, values).withName(step);
  }
}
