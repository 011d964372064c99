package org.magsd.inference.stream;

import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** A topic with the types on it. */
public record Topic<K, V>(String name, Serde<K> keys, Serde<V> values) {
  Consumed<K, V> read(String step) {
    return Consumed.with(keys, values).withName(step);
  }

  Produced<K, V> written(String step) {
    return Produced.with(keys, values).withName(step);
  }
}
