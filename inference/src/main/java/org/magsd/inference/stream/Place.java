package org.magsd.inference.stream;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Where a record lies. */
record Place(String topic, int partition, long offset) implements RecordMetadata {
  Place(TopicPartition partition, long offset) {
    this(partition.topic(), partition.partition(), offset);
  }

  static Place of(Arrival arrival) {
    return new Place(arrival.topic(), arrival.partition(), arrival.offset());
  }
}
