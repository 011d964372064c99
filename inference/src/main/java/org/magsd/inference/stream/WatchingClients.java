package org.magsd.inference.stream;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The clients of Kafka Streams as it would make them itself; those that read {@code
 * dicom.instances} note in {@link LogEnds} where its log ends, which Streams tells no processor,
 * and wait for records no longer than until a task has to look after something else ({@link
 * NextLooks}). Producers commit no transaction without an offset ({@link Fenced}).
 */
public final class WatchingClients implements KafkaClientSupplier, Configurable {
  private LogEnds ends = new LogEnds();
  private NextLooks looks = new NextLooks();

  /** Those that are open, by the names of their threads. */
  private final Map<String, Watching> consumers = new ConcurrentHashMap<>();

  /** Settings of Kafka Streams that make it use these clients. */
  public static Map<String, Object> settings() {
    return Map.of(
        StreamsConfig.DEFAULT_CLIENT_SUPPLIER_CONFIG,
        WatchingClients.class,
        LogEnds.SETTING,
        new LogEnds(),
        NextLooks.SETTING,
        new NextLooks());
  }

  @Override
  public void configure(Map<String, ?> settings) {
    ends = LogEnds.of(settings);
    looks = NextLooks.of(settings);
  }

  @Override
  public Admin getAdmin(Map<String, Object> settings) {
    return Admin.create(settings);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> settings) {
    return new Fenced(settings);
  }

  /** Of the thread that a client is for, whose id Streams gives it. */
  private static String thread(Map<String, Object> settings, String suffix) {
    String client = String.valueOf(settings.get(CommonClientConfigs.CLIENT_ID_CONFIG));
    return client.endsWith(suffix)
        ? client.substring(0, client.length() - suffix.length())
        : client;
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> settings) {
    Watching consumer = new Watching(settings, ends, looks);
    consumers.put(thread(settings, "-consumer"), consumer);
    return consumer;
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> settings) {
    return plain(settings);
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> settings) {
    return plain(settings);
  }

  private static Consumer<byte[], byte[]> plain(Map<String, Object> settings) {
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * Sends an offset with every transaction, if need be the one that is committed already: it is
   * this request by which the broker turns away a thread whose partitions others have taken over.
   * Streams leaves it out where a task has met no record since it began, though it may have many
   * unfinished films and studies to pass on.
   */
  private final class Fenced extends KafkaProducer<byte[], byte[]> {
    private final String thread;

    Fenced(Map<String, Object> settings) {
      super(settings, new ByteArraySerializer(), new ByteArraySerializer());
      thread = WatchingClients.thread(settings, "-producer");
    }

    @Override
    public void sendOffsetsToTransaction(
        Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
      Watching consumer = consumers.get(thread);
      super.sendOffsetsToTransaction(
          offsets.isEmpty() && consumer != null ? consumer.committed() : offsets, group);
    }
  }

  private static final class Watching extends KafkaConsumer<byte[], byte[]> {
    private final LogEnds ends;
    private final NextLooks looks;

    Watching(Map<String, Object> settings, LogEnds ends, NextLooks looks) {
      super(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      this.ends = ends;
      this.looks = looks;
    }

    /** What is committed of one of its partitions; empty if nothing is of any. */
    Map<TopicPartition, OffsetAndMetadata> committed() {
      Map<TopicPartition, OffsetAndMetadata> known = new HashMap<>();
      committed(assignment())
          .forEach(
              (partition, place) -> {
                if (place != null && known.isEmpty()) {
                  known.put(partition, place);
                }
              });
      return known;
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration patience) {
      long asked = System.currentTimeMillis();
      ConsumerRecords<byte[], byte[]> records =
          super.poll(looks.limit(patience, assignment(), asked));
      long until = System.currentTimeMillis();
      for (TopicPartition partition : assignment()) {
        if (partition.topic().equals(Topics.INSTANCES.name())) {
          note(partition, records.records(partition), asked, until);
        }
      }
      return records;
    }

    private void note(
        TopicPartition partition,
        List<ConsumerRecord<byte[], byte[]>> got,
        long asked,
        long until) {
      if (got.isEmpty()) {
        ends.waited(partition, asked, until, currentLag(partition));
      } else {
        ends.returned(partition, got.get(got.size() - 1).offset(), asked);
        ends.asked(partition, asked, currentLag(partition));
      }
    }
  }
}
