package org.magsd.inference.stream;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The clients of Kafka Streams as it would make them itself; those that read {@code
 * dicom.instances} note in {@link LogEnds} where its log ends, which Streams tells no processor,
 * wait for records no longer than until a task has to look after something else ({@link
 * NextLooks}), fetch none for a task that is full ({@link FullTasks}), and leave their group when
 * they are closed. Producers commit no transaction without an offset ({@link Fenced}).
 */
public final class WatchingClients implements KafkaClientSupplier, Configurable {
  private LogEnds ends = new LogEnds();
  private NextLooks looks = new NextLooks();
  private FullTasks full = new FullTasks();

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
        new NextLooks(),
        FullTasks.SETTING,
        new FullTasks(),
        FetchShares.SETTING,
        new FetchShares());
  }

  @Override
  public void configure(Map<String, ?> settings) {
    ends = LogEnds.of(settings);
    looks = NextLooks.of(settings);
    full = FullTasks.of(settings);
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
    Watching consumer = new Watching(settings, ends, looks, full);
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
    private final FullTasks full;

    /** Paused because their tasks are full, and not by Streams as well. */
    private final Set<TopicPartition> held = new HashSet<>();

    private final Rested rested = new Rested();

    /** One that goes by a name of the site's is to keep its partitions while it is away. */
    private final boolean named;

    Watching(Map<String, Object> settings, LogEnds ends, NextLooks looks, FullTasks full) {
      super(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      this.ends = ends;
      this.looks = looks;
      this.full = full;
      this.named = settings.get(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG) != null;
    }

    /**
     * Streams has members remain in the group, also those of a thread that another replaces. As
     * they never come back under the same identity, the group would wait for them until their
     * session is over, and give nobody any partition meanwhile.
     */
    @Override
    public void close(CloseOptions options) {
      super.close(
          named
              ? options
              : options.withGroupMembershipOperation(
                  CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
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
    public void pause(Collection<TopicPartition> partitions) {
      held.removeAll(partitions);
      super.pause(partitions);
    }

    /** Those of full tasks later. */
    @Override
    public void resume(Collection<TopicPartition> partitions) {
      Set<TopicPartition> now = new HashSet<>(partitions);
      for (TopicPartition partition : partitions) {
        if (full.contains(partition)) {
          held.add(partition);
          now.remove(partition);
        }
      }
      super.resume(now);
    }

    private void holdAndLetGo() {
      Set<TopicPartition> assigned = assignment();
      held.retainAll(assigned);
      Set<TopicPartition> over = new HashSet<>(held);
      over.removeIf(full::contains);
      held.removeAll(over);
      super.resume(over);
      for (TopicPartition partition : assigned) {
        if (full.contains(partition) && !paused().contains(partition)) {
          super.pause(Set.of(partition));
          held.add(partition);
        }
      }
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration patience) {
      holdAndLetGo();
      long asked = System.currentTimeMillis();
      rested.asking(assignment(), paused(), asked);
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

    private static OptionalLong appended(ConsumerRecord<byte[], byte[]> record) {
      return record.timestampType() == TimestampType.LOG_APPEND_TIME
          ? OptionalLong.of(record.timestamp())
          : OptionalLong.empty();
    }

    private void note(
        TopicPartition partition,
        List<ConsumerRecord<byte[], byte[]>> got,
        long asked,
        long until) {
      boolean old = rested.contains(partition, until);
      if (!got.isEmpty()) {
        OptionalLong appended = old ? OptionalLong.empty() : appended(got.get(0));
        ends.returned(partition, appended, got.get(got.size() - 1).offset(), asked);
      }
      if (old) {
        ends.expect(partition, asked);
      } else if (got.isEmpty()) {
        ends.waited(partition, asked, until, currentLag(partition));
      } else {
        ends.asked(partition, asked, currentLag(partition));
      }
    }
  }
}
