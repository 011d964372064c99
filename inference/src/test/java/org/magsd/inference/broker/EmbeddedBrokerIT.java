package org.magsd.inference.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.ForwardingAdmin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.stream.Topics;

@Timeout(60)
class EmbeddedBrokerIT {
  private static final int MEGABYTE = 1024 * 1024;

  @Test
  void keepsRecordsOverARestartOnTheSameDirectory(@TempDir Path directory) throws Exception {
    EmbeddedBroker.Settings settings =
        EmbeddedBroker.Settings.temporary().withDataDirectory(directory);
    byte[] large = new byte[16 * MEGABYTE];
    large[large.length - 1] = 7;
    try (EmbeddedBroker broker = EmbeddedBroker.start(settings)) {
      broker.createTopics(List.of(new NewTopic("films", 1, (short) 1)));
      broker.createTopics(List.of(new NewTopic("films", 1, (short) 1)));
      publish(broker, large);
    }
    Files.delete(directory.resolve(".magsd.lock")); // versions before the lock left none

    try (EmbeddedBroker broker = EmbeddedBroker.start(settings)) {
      assertThat(readOne(broker)).isEqualTo(large);
    }
    assertThat(directory).isNotEmptyDirectory();
  }

  @Test
  void deletesATemporaryDirectoryOnClose() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
    Path directory = broker.dataDirectory();
    assertThat(directory).isNotEmptyDirectory();

    broker.close();

    assertThat(Files.exists(directory)).isFalse();
  }

  @Test
  void isStartedToItsEndThoughItsStarterIsInterrupted(@TempDir Path directory) throws Exception {
    EmbeddedBroker.Settings settings =
        EmbeddedBroker.Settings.temporary().withDataDirectory(directory);
    AtomicBoolean interrupted = new AtomicBoolean();
    FutureTask<EmbeddedBroker> start =
        new FutureTask<>(
            () -> {
              EmbeddedBroker broker = EmbeddedBroker.start(settings);
              interrupted.set(Thread.interrupted());
              return broker;
            });
    Thread starting = new Thread(start, "starting");
    starting.start();
    await().until(() -> Files.exists(directory.resolve("meta.properties")) || start.isDone());

    starting.interrupt();

    try (EmbeddedBroker broker = start.get(30, TimeUnit.SECONDS)) {
      broker.createTopics(List.of(new NewTopic("films", 1, (short) 1)));
      publish(broker, new byte[1]);
    }
    assertThat(interrupted).as("the starter still learns of it").isTrue();
  }

  @Test
  void namesAPortThatIsTaken() throws Exception {
    try (EmbeddedBroker first = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary())) {
      EmbeddedBroker.Settings same = EmbeddedBroker.Settings.temporary().withPort(first.port());

      assertThatThrownBy(() -> EmbeddedBroker.start(same))
          .hasMessageContaining("port " + first.port() + " for the embedded broker");
    }
  }

  @Test
  void aTopicThatIsCreatedTakesRecordsFromThenOn() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary())) {
      // Refused rather than sent again, what comes too early fails.
      Map<String, Object> hasty =
          Map.of(
              "bootstrap.servers",
              broker.bootstrapServers(),
              "enable.idempotence",
              false,
              "retries",
              0);
      for (int round = 0; round < 5; round++) {
        String topic = "films-" + round;
        broker.createTopics(List.of(new NewTopic(topic, 8, (short) 1)));
        try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(hasty, new ByteArraySerializer(), new ByteArraySerializer())) {
          for (int partition = 0; partition < 8; partition++) {
            producer
                .send(new ProducerRecord<>(topic, partition, null, new byte[1]))
                .get(20, TimeUnit.SECONDS);
          }
        }
      }
    }
  }

  @Test
  void takesATopicThatAnotherServiceCreatesAtTheSameTime() throws Exception {
    List<NewTopic> topics = List.of(new NewTopic("films", 1, (short) 1));
    try (EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
        Admin late =
            new ForwardingAdmin(Map.of("bootstrap.servers", broker.bootstrapServers())) {
              @Override
              public CreateTopicsResult createTopics(
                  Collection<NewTopic> missing, CreateTopicsOptions options) {
                broker.createTopics(topics);
                return super.createTopics(missing, options);
              }
            }) {
      EmbeddedBroker.createMissing(late, topics);

      publish(broker, new byte[1]);
    }
  }

  @Test
  void topicsOfAnEarlierVersionKeepWhatWaitsHoweverLargeUnlessARetentionWasSet() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      broker.createTopics(
          List.of(
              new NewTopic("dicom.rejected", 1, (short) 1)
                  .configs(Map.of("max.message.bytes", "1000")),
              new NewTopic("fhir.undelivered", 1, (short) 1)
                  .configs(Map.of("retention.ms", "1000000"))));

      Topics.keepWhatWaits(admin, 5_000_000);

      // The controller has taken the change; the broker that is asked hears of it a moment later.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (!setting(admin, "dicom.rejected", "retention.ms").equals("-1")
          && System.nanoTime() < deadline) {
        Thread.sleep(50);
      }
      assertThat(setting(admin, "dicom.rejected", "retention.ms")).isEqualTo("-1");
      assertThat(setting(admin, "dicom.rejected", "max.message.bytes"))
          .isEqualTo(Integer.toString(Topics.maxRejectedBytes(5_000_000)));
      assertThat(setting(admin, "fhir.undelivered", "retention.ms")).isEqualTo("1000000");
    }
  }

  /** As they were created while the limit of files in records was another, or by somebody else. */
  @Test
  void topicsOfASmallerLimitGetMoreRoomAndThoseOfALargerKeepTheirs() throws Exception {
    Map<String, String> created =
        Map.of(
            "dicom.instances", "1000000",
            "fhir.diagnostic-reports", "9000000",
            "app-studies-changelog", "1000000",
            "others-studies-changelog", "1000000");
    try (EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      broker.createTopics(
          created.entrySet().stream()
              .map(
                  topic ->
                      new NewTopic(topic.getKey(), 1, (short) 1)
                          .configs(Map.of("max.message.bytes", topic.getValue())))
              .toList());

      Topics.makeRoom(admin, "app", 5_000_000);

      await()
          .untilAsserted(
              () -> {
                assertThat(room(admin, "dicom.instances")).isEqualTo("5000000");
                assertThat(room(admin, "app-studies-changelog")).isEqualTo("5000000");
              });
      assertThat(room(admin, "fhir.diagnostic-reports")).isEqualTo("9000000");
      assertThat(room(admin, "others-studies-changelog")).isEqualTo("1000000");
    }
  }

  private static String room(Admin admin, String topic) throws Exception {
    return setting(admin, topic, "max.message.bytes");
  }

  private static String setting(Admin admin, String topic, String key) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin
        .describeConfigs(List.of(resource))
        .all()
        .get(30, TimeUnit.SECONDS)
        .get(resource)
        .get(key)
        .value();
  }

  private static void publish(EmbeddedBroker broker, byte[] value) throws Exception {
    Map<String, Object> config =
        Map.of("bootstrap.servers", broker.bootstrapServers(), "max.request.size", 17 * MEGABYTE);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>("films", value)).get(20, TimeUnit.SECONDS);
    }
  }

  private static byte[] readOne(EmbeddedBroker broker) {
    Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrapServers());
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition("films", 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      for (int attempt = 0; attempt < 20; attempt++) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          return record.value();
        }
      }
      throw new AssertionError("no record within 20 s");
    }
  }
}
