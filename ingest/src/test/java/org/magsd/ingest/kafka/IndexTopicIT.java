package org.magsd.ingest.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.receive.SampleFiles;

/** The index stays bounded and is read in part, and still denies nothing that is held. */
@Timeout(300)
class IndexTopicIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final int INLINE_LIMIT = 1 << 20;

  @TempDir static Path directory;
  private static TestBroker broker;
  private static Admin admin;

  @BeforeAll
  static void start() throws Exception {
    broker = TestBroker.start(directory.resolve("kafka"));
    TestBroker.createTopics(broker.bootstrapServers(), INLINE_LIMIT);
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  @AfterAll
  static void stop() {
    admin.close();
    broker.close();
  }

  @Test
  void readsOnlyThePartitionsWhereTheNotesBelong() throws Exception {
    KafkaSinkConfig config = withIndex("index.of.four", 4);
    publish(config, "1.2.1");
    int other = (BuiltInPartitioner.partitionForKey("1.2.1".getBytes(UTF_8), 4) + 1) % 4;
    send("index.of.four", other, "1.2.1", "nobody could read this".getBytes(UTF_8));

    assertThat(new KafkaInstanceIndex(config).find(List.of("1.2.1"))).containsOnlyKeys("1.2.1");
  }

  @Test
  void findsWhatWasNotedBeforeTheIndexWasGivenMorePartitions() throws Exception {
    KafkaSinkConfig config = withIndex("index.grown", 1);
    List<String> uids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      uids.add("1.2.2." + i);
    }
    publish(config, uids.toArray(String[]::new));
    admin
        .createPartitions(Map.of("index.grown", NewPartitions.increaseTo(8)))
        .all()
        .get(90, TimeUnit.SECONDS);
    await().atMost(PATIENCE).until(() -> partitions("index.grown") == 8);

    assertThat(new KafkaInstanceIndex(config).find(uids)).containsOnlyKeys(uids);
  }

  @Test
  void believesWhicheverNoteStillLeadsToTheRecord() throws Exception {
    KafkaSinkConfig config = withIndex("index.of.two", 2);
    publish(config, "1.2.3.1", "1.2.3.2", "1.2.3.3");
    for (String uid : List.of("1.2.3.1", "1.2.3.2", "1.2.3.3")) {
      byte[] gone = new IndexEntry(SampleFiles.COMPUTED_RADIOGRAPHY, 0, 1_000_000).toJson();
      int other = (BuiltInPartitioner.partitionForKey(uid.getBytes(UTF_8), 2) + 1) % 2;
      send("index.of.two", other, uid, gone);
    }

    assertThat(
            new KafkaInstanceIndex(config).find(List.of("1.2.3.1", "1.2.3.2", "1.2.3.3", "1.2.4")))
        .containsOnlyKeys("1.2.3.1", "1.2.3.2", "1.2.3.3");
  }

  @Test
  void keepsNotesLongerThanAnyInstance() throws Exception {
    configure(InstanceTopics.INSTANCES, "retention.ms", 30 * DAY);
    configure(InstanceTopics.INSTANCES, "segment.ms", 2 * DAY);

    IndexRetention.follow(admin);

    // a last day's instance goes with its segment, and its note with or after it
    awaitConfig(InstanceTopics.INDEX, "retention.ms", Long.toString(33 * DAY));
    assertThat(config(InstanceTopics.INDEX).get("cleanup.policy").value())
        .contains("compact")
        .contains("delete");
  }

  @Test
  void keepsNotesForEverWhereInstancesAreKeptForEver() throws Exception {
    configure(InstanceTopics.INDEX, "retention.ms", DAY);
    configure(InstanceTopics.INSTANCES, "retention.ms", -1);

    IndexRetention.follow(admin);

    awaitConfig(InstanceTopics.INDEX, "retention.ms", "-1");
  }

  @Test
  void boundsAnIndexThatAnEarlierVersionMade() throws Exception {
    configure(InstanceTopics.INSTANCES, "retention.ms", DAY);
    configure(InstanceTopics.INSTANCES, "segment.ms", DAY);
    configure(InstanceTopics.INDEX, "cleanup.policy", "compact");
    configure(InstanceTopics.INDEX, "segment.bytes", 1 << 30);

    IndexRetention.follow(admin);

    awaitConfig(InstanceTopics.INDEX, "cleanup.policy", "compact,delete");
    awaitConfig(InstanceTopics.INDEX, "retention.ms", Long.toString(3 * DAY));
    awaitConfig(InstanceTopics.INDEX, "segment.bytes", Integer.toString(16 << 20));
  }

  private static void awaitConfig(String topic, String key, String value) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(config(topic).get(key).value()).isEqualTo(value));
  }

  private static Config config(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin.describeConfigs(List.of(resource)).all().get(30, TimeUnit.SECONDS).get(resource);
  }

  private static void configure(String topic, String key, Object value) throws Exception {
    ConfigEntry entry = new ConfigEntry(key, value.toString());
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, topic),
                List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
        .all()
        .get(30, TimeUnit.SECONDS);
    awaitConfig(topic, key, value.toString());
  }

  private static int partitions(String topic) throws Exception {
    return admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get(30, TimeUnit.SECONDS)
        .get(topic)
        .partitions()
        .size();
  }

  private static KafkaSinkConfig withIndex(String topic, int partitions) throws Exception {
    admin
        .createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
        .all()
        .get(90, TimeUnit.SECONDS);
    return new KafkaSinkConfig(
        broker.bootstrapServers(),
        null,
        topic,
        INLINE_LIMIT,
        directory.resolve("blobs"),
        60,
        Map.of());
  }

  private static void publish(KafkaSinkConfig config, String... sopInstances) throws Exception {
    try (KafkaInstanceSink sink = new KafkaInstanceSink(config)) {
      for (String sopInstance : sopInstances) {
        sink.accept(SampleFiles.instance(SampleFiles.STUDY, sopInstance, 10))
            .toCompletableFuture()
            .get(90, TimeUnit.SECONDS);
      }
    }
  }

  private static void send(String topic, int partition, String key, byte[] value) throws Exception {
    try (Producer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, partition, key, value)).get(90, TimeUnit.SECONDS);
    }
  }
}
