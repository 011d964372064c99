package org.magsd.ingest.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.magsd.ingest.receive.AcknowledgedInstances;
import org.magsd.ingest.receive.SinkUnavailableException;

/**
 * Answers storage commitment. The index topic, read from its beginning for each question, says
 * where an instance should be; then its record in {@code dicom.instances} is read back. An instance
 * counts as held only if that record is there, names the instance, and, where it refers to a blob,
 * the blob is there with its size. So neither retention nor a topic made anew, nor a log cut short
 * or a folder tidied up, leads to a false promise. There is no state to lose, and a question is
 * rare.
 *
 * <p>Read first are the partitions to which Kafka's default partitioner puts the notes of the
 * instances asked for. That is a hint, not a rule: the topic may have been given more partitions
 * since, or the producer another partitioner. Only what has a note in none of the partitions whose
 * record is there counts as not held.
 */
public final class KafkaInstanceIndex implements AcknowledgedInstances {
  private static final Duration POLL = Duration.ofMillis(500);

  /** Fetched at a time when records are read back, bytes; one larger record comes all the same. */
  private static final int READ_BACK = 1 << 20;

  private final KafkaSinkConfig config;
  private final BlobStore blobs;

  public KafkaInstanceIndex(KafkaSinkConfig config) {
    this(config, new BlobStore(config.blobFolder()));
  }

  /**
   * @param blobs of the configured folder, shared with whatever else in this process uses it
   */
  public KafkaInstanceIndex(KafkaSinkConfig config, BlobStore blobs) {
    this.config = config;
    this.blobs = blobs;
  }

  @Override
  public Map<String, String> find(Collection<String> sopInstanceUids) {
    try (KafkaConsumer<String, byte[]> consumer = consumer()) {
      Set<String> wanted = new HashSet<>(sopInstanceUids);
      List<TopicPartition> all = partitions(consumer, config.indexTopic());
      List<TopicPartition> likely = likely(all, wanted);
      Map<String, String> held = new HashMap<>(held(consumer, notes(consumer, likely, wanted)));
      wanted.removeAll(held.keySet());
      if (!wanted.isEmpty()) {
        List<TopicPartition> others = new ArrayList<>(all);
        others.removeAll(likely);
        held.putAll(held(consumer, notes(consumer, others, wanted)));
      }
      return held;
    } catch (KafkaException e) {
      throw new SinkUnavailableException("what is held cannot be read: " + e.getMessage(), e);
    }
  }

  /** Where the sink's producer puts the notes of these instances as things stand. */
  private static List<TopicPartition> likely(List<TopicPartition> all, Set<String> wanted) {
    Set<Integer> numbers = new HashSet<>();
    for (String uid : wanted) {
      numbers.add(BuiltInPartitioner.partitionForKey(uid.getBytes(UTF_8), all.size()));
    }
    return all.stream().filter(partition -> numbers.contains(partition.partition())).toList();
  }

  private KafkaConsumer<String, byte[]> consumer() {
    Properties properties = new Properties();
    properties.putAll(config.properties());
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    // Where retention overtakes the reading it goes on with what is left, not behind the end.
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, READ_BACK);
    // At an end the next fetch waits at the broker, and whatever else is asked waits behind it.
    properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, config.deliverySeconds() * 1_000);
    return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * The notes of these instances: the last one of each partition, between which there is no order.
   */
  private Map<String, List<IndexEntry>> notes(
      KafkaConsumer<String, byte[]> consumer, List<TopicPartition> in, Set<String> wanted) {
    Map<String, Map<Integer, IndexEntry>> found = new HashMap<>();
    consumer.assign(in);
    consumer.seekToBeginning(in);
    Map<TopicPartition, Long> ends = consumer.endOffsets(in);
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      for (ConsumerRecord<String, byte[]> note : more(consumer)) {
        if (note.value() != null && wanted.contains(note.key())) {
          found
              .computeIfAbsent(note.key(), key -> new HashMap<>())
              .put(note.partition(), entry(note));
        }
      }
    }
    Map<String, List<IndexEntry>> notes = new HashMap<>();
    found.forEach((uid, byPartition) -> notes.put(uid, List.copyOf(byPartition.values())));
    return notes;
  }

  /** The next records, or none where the consumer only moved on; waits no longer than it may. */
  private ConsumerRecords<String, byte[]> more(KafkaConsumer<String, byte[]> consumer) {
    long deadline = System.nanoTime() + Duration.ofSeconds(config.deliverySeconds()).toNanos();
    long before = positions(consumer);
    while (true) {
      ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
      if (!records.isEmpty() || positions(consumer) != before) {
        return records;
      }
      if (System.nanoTime() > deadline) {
        throw new SinkUnavailableException(
            "nothing came of %s for %d s"
                .formatted(consumer.assignment(), config.deliverySeconds()),
            null);
      }
    }
  }

  private static long positions(KafkaConsumer<?, ?> consumer) {
    return consumer.assignment().stream().mapToLong(consumer::position).sum();
  }

  private static IndexEntry entry(ConsumerRecord<String, byte[]> note) {
    try {
      return IndexEntry.of(note.value());
    } catch (IOException e) {
      throw new SinkUnavailableException(
          "the index topic has an unreadable note at offset " + note.offset(), e);
    }
  }

  /** Reads the records back, partition by partition in their order. */
  private Map<String, String> held(
      KafkaConsumer<String, byte[]> consumer, Map<String, List<IndexEntry>> notes) {
    Map<Integer, NavigableSet<Long>> offsets = new HashMap<>();
    for (IndexEntry entry : notes.values().stream().flatMap(List::stream).toList()) {
      offsets.computeIfAbsent(entry.partition(), key -> new TreeSet<>()).add(entry.offset());
    }
    Map<String, String> held = new HashMap<>();
    for (TopicPartition partition : partitions(consumer, config.topic())) {
      readBack(
          consumer,
          partition,
          offsets.getOrDefault(partition.partition(), new TreeSet<>()),
          record -> {
            String uid = sopInstanceUid(record);
            notes.getOrDefault(uid, List.of()).stream()
                .filter(note -> note.isAt(record.partition(), record.offset()))
                .findFirst()
                .filter(note -> isWhole(record))
                .ifPresent(note -> held.put(uid, note.sopClassUid()));
          });
    }
    return held;
  }

  /**
   * @param wanted offsets, those that are gone too; empty afterwards
   */
  private void readBack(
      KafkaConsumer<String, byte[]> consumer,
      TopicPartition partition,
      NavigableSet<Long> wanted,
      Consumer<ConsumerRecord<String, byte[]>> found) {
    if (wanted.isEmpty()) {
      return;
    }
    List<TopicPartition> one = List.of(partition);
    consumer.assign(one);
    wanted.headSet(consumer.beginningOffsets(one).get(partition)).clear();
    wanted.tailSet(consumer.endOffsets(one).get(partition)).clear();
    while (!wanted.isEmpty()) {
      consumer.seek(partition, wanted.first());
      for (ConsumerRecord<String, byte[]> record : more(consumer)) {
        if (wanted.remove(record.offset())) {
          found.accept(record);
        }
      }
      wanted.headSet(consumer.position(partition)).clear(); // passed without being met
    }
  }

  /** The instance that the record names; empty where it names none. */
  private static String sopInstanceUid(ConsumerRecord<String, byte[]> record) {
    Header header = record.headers().lastHeader(KafkaInstanceSink.SOP_INSTANCE_UID);
    return header == null || header.value() == null ? "" : new String(header.value(), UTF_8);
  }

  /** Whether the record holds its file, or the blob that it refers to is there. */
  private boolean isWhole(ConsumerRecord<String, byte[]> record) {
    if (record.value() == null) {
      return false;
    }
    Optional<BlobReference> reference;
    try {
      reference = BlobReference.in(record.value());
    } catch (IOException neither) {
      return false;
    }
    try {
      return reference.isEmpty() || blobs.holds(reference.get());
    } catch (IOException e) {
      throw new SinkUnavailableException("a blob cannot be looked up: " + e.getMessage(), e);
    }
  }

  private static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }
}
