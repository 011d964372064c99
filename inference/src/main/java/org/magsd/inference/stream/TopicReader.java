package org.magsd.inference.stream;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads what topics hold now, committed records only, from the beginning to the end they had when
 * reading began. Holds no more than a fetch in memory and leaves no consumer group behind.
 */
public final class TopicReader {
  private static final Duration POLL = Duration.ofMillis(200);

  /** What brokers send at once, bytes; a larger record still comes, by itself. */
  private static final int FETCH_BYTES = 16 << 20;

  private static final Map<String, Object> OWN =
      Map.of(
          ConsumerConfig.ISOLATION_LEVEL_CONFIG,
          "read_committed",
          ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
          false,
          ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
          false,
          ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
          FETCH_BYTES,
          ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
          FETCH_BYTES,
          ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
          ByteArrayDeserializer.class,
          ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
          ByteArrayDeserializer.class);

  private final Map<String, Object> client;
  private final Duration patience;

  /**
   * What was read of a partition.
   *
   * @param begin first offset there was
   * @param end offset after the last
   */
  public record Extent(long begin, long end) {}

  /**
   * @param client settings of a Kafka client: {@code bootstrap.servers} and what it takes to talk
   *     to them
   * @param patience how long they may be silent
   */
  public TopicReader(Map<String, Object> client, Duration patience) {
    this.patience = patience;
    this.client = new HashMap<>(client);
    this.client.putAll(OWN);
  }

  /** The names of the settings that every reader has of itself, whatever it is given. */
  public static Set<String> ownSettings() {
    return OWN.keySet();
  }

  /**
   * Every record, in order of each partition.
   *
   * @return what was read, by partition; a topic that does not exist has none
   * @throws org.apache.kafka.common.KafkaException if the brokers do not answer or refuse
   */
  public SortedMap<Integer, Extent> read(
      String topic, Consumer<ConsumerRecord<byte[], byte[]>> listener) {
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(client)) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (PartitionInfo found :
          Optional.ofNullable(consumer.partitionsFor(topic, patience)).orElse(List.of())) {
        partitions.add(new TopicPartition(topic, found.partition()));
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions, patience);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, patience);
      readTo(ends, consumer, listener);
      SortedMap<Integer, Extent> extents = new TreeMap<>();
      ends.forEach(
          (partition, end) ->
              extents.put(partition.partition(), new Extent(begins.get(partition), end)));
      return extents;
    }
  }

  private void readTo(
      Map<TopicPartition, Long> ends,
      KafkaConsumer<byte[], byte[]> consumer,
      Consumer<ConsumerRecord<byte[], byte[]>> listener) {
    long lastHeard = System.nanoTime();
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey(), patience) < end.getValue())) {
      ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
      if (polled.isEmpty() && System.nanoTime() - lastHeard > patience.toNanos()) {
        throw new TimeoutException("the brokers no longer answer");
      }
      for (ConsumerRecord<byte[], byte[]> record : polled) {
        if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
          listener.accept(record);
        }
      }
      lastHeard = polled.isEmpty() ? lastHeard : System.nanoTime();
    }
  }
}
