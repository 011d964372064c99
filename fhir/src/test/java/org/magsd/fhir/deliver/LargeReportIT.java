package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A report that is given up holds up no other, however large it is. */
@Timeout(120)
class LargeReportIT {
  private static final String REPORTS = "reports";
  private static final String UNDELIVERED = "undelivered";
  private static final int ROOM = 40 << 20;

  @TempDir Path directory;
  private TestBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = TestBroker.start(directory);
    broker.createTopic(REPORTS, 1);
    broker.createTopic(UNDELIVERED, 1);
    makeRoomOn(REPORTS);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  /** By themselves Kafka's producers send no record above 32 MiB, whatever the topic takes. */
  @Test
  void keepsAReportOfAnySizeThatTheTopicTakes() throws Exception {
    int bytes = 33 << 20;
    makeRoomOn(UNDELIVERED);

    ConsumerRecord<byte[], byte[]> record = giveUp(bytes, LargeReports.NONE);

    assertThat(record.value()).hasSize(bytes);
    assertThat(record.headers().lastHeader("by-reference")).isNull();
  }

  @Test
  void refersToAReportForWhichTheTopicHasNoRoom() throws Exception {
    List<Integer> kept = new CopyOnWriteArrayList<>();
    LargeReports large =
        report -> {
          kept.add(report.length);
          if (kept.size() == 1) {
            throw new IOException("no space left for a moment");
          }
          return "there".getBytes(UTF_8);
        };

    ConsumerRecord<byte[], byte[]> record = giveUp(2 << 20, large);

    assertThat(kept).containsExactly(2 << 20, 2 << 20);
    assertThat(record.value()).isEqualTo("there".getBytes(UTF_8));
    assertThat(record.headers().lastHeader("by-reference").value()).isEqualTo(bytes("true"));
    assertThat(record.headers().lastHeader("reason").value()).isEqualTo(bytes("unreadable"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** What stands on the topic of an unreadable report of that many bytes. */
  private ConsumerRecord<byte[], byte[]> giveUp(int bytes, LargeReports large) throws Exception {
    DeliveryConfig config =
        new DeliveryConfig(
            URI.create("http://127.0.0.1:1/fhir"),
            REPORTS,
            UNDELIVERED,
            "group",
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            new RetryPolicy(
                Duration.ofMillis(20), Duration.ofMillis(100), 6, Duration.ofSeconds(9)),
            new Authorization.None());
    Map<String, Object> roomy = new HashMap<>(broker.client());
    roomy.put("max.request.size", ROOM);
    roomy.put("buffer.memory", 2L * ROOM);
    try (ReportDelivery delivery =
            ReportDelivery.start(broker.client(), config, large, new DeliveryListener() {});
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(roomy, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(REPORTS, bytes("1.2.3"), new byte[bytes])).get();
      await().atMost(60, TimeUnit.SECONDS).until(() -> broker.committed("group") == 1);
      assertThat(delivery.running()).isTrue();
    }
    return undelivered();
  }

  private ConsumerRecord<byte[], byte[]> undelivered() {
    TopicPartition partition = new TopicPartition(UNDELIVERED, 0);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            broker.client(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      return consumer.poll(Duration.ofSeconds(30)).iterator().next();
    }
  }

  private void makeRoomOn(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp set =
        new AlterConfigOp(
            new ConfigEntry("max.message.bytes", Integer.toString(ROOM)), AlterConfigOp.OpType.SET);
    try (Admin admin = Admin.create(broker.client())) {
      admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
    }
  }
}
