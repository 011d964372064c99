package org.magsd.ingest.kafka;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.magsd.ingest.receive.AcknowledgedInstances;
import org.magsd.ingest.receive.SinkUnavailableException;

/**
 * Answers storage commitment from the index topic, read from its beginning for each question: there
 * is no state to lose, and a question is rare. An instance counts as held only while the record the
 * index points at has not been removed by the retention of {@code dicom.instances}.
 */
public final class KafkaInstanceIndex implements AcknowledgedInstances {
  private static final Duration POLL = Duration.ofMillis(500);

  private final KafkaSinkConfig config;

  public KafkaInstanceIndex(KafkaSinkConfig config) {
    this.config = config;
  }

  @Override
  public Map<String, String> find(Collection<String> sopInstanceUids) {
    try (Consumer<String, byte[]> consumer = consumer()) {
      return held(consumer, entries(consumer, new HashSet<>(sopInstanceUids)));
    } catch (KafkaException e) {
      throw new SinkUnavailableException("the index topic cannot be read: " + e.getMessage(), e);
    }
  }

  private Consumer<String, byte[]> consumer() {
    Properties properties = new Properties();
    properties.putAll(config.properties());
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, config.deliverySeconds() * 1_000);
    return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, IndexEntry> entries(Consumer<String, byte[]> consumer, Set<String> wanted) {
    Map<String, IndexEntry> found = new HashMap<>();
    List<TopicPartition> partitions = partitions(consumer, config.indexTopic());
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long deadline = System.nanoTime() + Duration.ofSeconds(config.deliverySeconds()).toNanos();
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      if (System.nanoTime() > deadline) {
        throw new SinkUnavailableException("the index topic was not read in time", null);
      }
      for (ConsumerRecord<String, byte[]> note : consumer.poll(POLL)) {
        if (note.value() != null && wanted.contains(note.key())) {
          found.put(note.key(), entry(note));
        }
      }
    }
    return found;
  }

  private static IndexEntry entry(ConsumerRecord<String, byte[]> note) {
    try {
      return IndexEntry.of(note.value());
    } catch (IOException e) {
      throw new SinkUnavailableException(
          "the index topic has an unreadable note at offset " + note.offset(), e);
    }
  }

  private Map<String, String> held(
      Consumer<String, byte[]> consumer, Map<String, IndexEntry> entries) {
    List<TopicPartition> partitions = partitions(consumer, config.topic());
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    Map<String, String> held = new HashMap<>();
    entries.forEach(
        (uid, entry) -> {
          TopicPartition partition = new TopicPartition(config.topic(), entry.partition());
          if (first.getOrDefault(partition, Long.MAX_VALUE) <= entry.offset()
              && entry.offset() < end.getOrDefault(partition, Long.MIN_VALUE)) {
            held.put(uid, entry.sopClassUid());
          }
        });
    return held;
  }

  private static List<TopicPartition> partitions(Consumer<?, ?> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }
}
