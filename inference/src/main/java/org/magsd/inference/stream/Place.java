package org.magsd.inference.stream;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Where a record lies that did not come by way of the topology. */
record Place(String topic, int partition, long offset) implements RecordMetadata {
  Place(TopicPartition partition, long offset) {
    this(partition.topic(), partition.partition(), offset);
  }
}
