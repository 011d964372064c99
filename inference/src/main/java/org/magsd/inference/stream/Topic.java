package org.magsd.inference.stream;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Record;

/** A topic with the types on it. */
public record Topic<K, V>(String name, Serde<K> keys, Serde<V> values) {
  Consumed<K, V> read(String step) {
    return Consumed.with(keys, values)
        .withName(step)
        .withTimestampExtractor((record, partitionTime) -> time(record));
  }

  /** As {@link #read} has it. */
  Record<K, V> read(ConsumerRecord<byte[], byte[]> record) {
    return new Record<>(
        keys.deserializer().deserialize(name, record.headers(), record.key()),
        values.deserializer().deserialize(name, record.headers(), record.value()),
        time(record),
        record.headers());
  }

  /** The log's; where its producer set it, neither before 1970 nor after now. */
  private static long time(ConsumerRecord<?, ?> record) {
    return Math.max(0, Math.min(record.timestamp(), System.currentTimeMillis()));
  }

  Produced<K, V> written(String step) {
    return Produced.with(keys, values).withName(step);
  }
}
