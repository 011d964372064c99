package org.magsd.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.receive.ReceivedInstance;
import org.magsd.ingest.receive.SampleFiles;
import org.magsd.ingest.receive.SinkUnavailableException;

@Timeout(120)
class KafkaInstanceSinkIT {
  private static final int INLINE_LIMIT = 1 << 20;

  @TempDir static Path directory;
  private static TestBroker broker;
  private static KafkaSinkConfig config;

  @BeforeAll
  static void start() throws Exception {
    broker = TestBroker.start(directory.resolve("kafka"));
    TestBroker.createTopics(broker.bootstrapServers(), INLINE_LIMIT);
    config = config(broker.bootstrapServers());
  }

  private static KafkaSinkConfig config(String bootstrapServers) {
    return new KafkaSinkConfig(
        bootstrapServers, null, null, INLINE_LIMIT, directory.resolve("blobs"), 5, Map.of());
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void publishesTheFileUnderItsStudyWithHints() throws Exception {
    ReceivedInstance instance = instance("1.2.3.1", 1_000);

    publish(instance);

    ConsumerRecord<String, byte[]> stored = record("1.2.3.1");
    assertThat(stored.key()).isEqualTo(SampleFiles.STUDY);
    assertThat(stored.value()).isEqualTo(instance.part10());
    assertThat(header(stored, "calling-ae")).isEqualTo("MODALITY");
    assertThat(header(stored, "received-at")).isEqualTo(instance.receivedAt().toString());
  }

  @Test
  void beginsATraceForEachInstance() throws Exception {
    publish(instance("1.2.3.7", 10));
    publish(instance("1.2.3.8", 10));

    String one = header(record("1.2.3.7"), "traceparent");
    String other = header(record("1.2.3.8"), "traceparent");
    assertThat(one).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01").isNotEqualTo(other);
    assertThat(one).doesNotContain("0".repeat(16));
  }

  @Test
  void takesAFileOfExactlyTheInlineLimitInARecord() throws Exception {
    int overhead = SampleFiles.file(SampleFiles.STUDY, "1.2.3.2", 0).length;

    publish(instance("1.2.3.2", INLINE_LIMIT - overhead));

    assertThat(record("1.2.3.2").value()).hasSize(INLINE_LIMIT);
  }

  @Test
  void putsALargerFileIntoTheBlobStoreAndItsReferenceOnTheTopic() throws Exception {
    ReceivedInstance instance = instance("1.2.3.3", INLINE_LIMIT);

    publish(instance);

    BlobReference reference = BlobReference.in(record("1.2.3.3").value()).orElseThrow();
    assertThat(reference.size()).isEqualTo(instance.part10().length);
    assertThat(new BlobStore(config.blobFolder()).read(reference)).isEqualTo(instance.part10());
  }

  @Test
  void namesADamagedBlob() throws Exception {
    BlobStore blobs = new BlobStore(directory.resolve("damaged"));
    BlobReference reference = blobs.write(new byte[] {1, 2, 3});
    Files.write(directory.resolve("damaged").resolve(reference.blob()), new byte[] {1, 2, 4});

    assertThatThrownBy(() -> blobs.read(reference)).hasMessageContaining("damaged");
  }

  @Test
  void refusesAReferenceThatLeadsOutsideTheFolder() {
    BlobReference reference = new BlobReference("../secret", 3, "00");

    assertThatThrownBy(() -> new BlobStore(directory.resolve("blobs")).read(reference))
        .hasMessageContaining("outside");
  }

  @Test
  void remembersWhatWasAcknowledgedBeyondItsOwnLife() throws Exception {
    publish(instance("1.2.3.4", 10));

    Map<String, String> held = new KafkaInstanceIndex(config).find(List.of("1.2.3.4", "1.2.3.999"));

    assertThat(held).isEqualTo(Map.of("1.2.3.4", SampleFiles.COMPUTED_RADIOGRAPHY));
  }

  @Test
  void doesNotClaimWhatRetentionHasRemoved() throws Exception {
    publish(instance("1.2.3.5", 10));
    ConsumerRecord<String, byte[]> stored = record("1.2.3.5");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(stored.topic(), stored.partition()),
                  RecordsToDelete.beforeOffset(stored.offset() + 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }

    assertThat(new KafkaInstanceIndex(config).find(List.of("1.2.3.5"))).isEmpty();
  }

  @Test
  void failsWithinItsPatienceWhenNoBrokerAnswers() throws Exception {
    try (KafkaInstanceSink sink =
        new KafkaInstanceSink(config("127.0.0.1:" + TestBroker.freePort()))) {
      assertThatThrownBy(
              () ->
                  sink.accept(instance("1.2.3.6", 10))
                      .toCompletableFuture()
                      .get(20, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(SinkUnavailableException.class);
    }
  }

  private static ReceivedInstance instance(String sopInstance, int pixelBytes) {
    return new ReceivedInstance(
        SampleFiles.STUDY,
        SampleFiles.COMPUTED_RADIOGRAPHY,
        sopInstance,
        "1.2.840.10008.1.2.1",
        "MODALITY",
        Instant.parse("2026-01-02T03:04:05Z"),
        SampleFiles.file(SampleFiles.STUDY, sopInstance, pixelBytes));
  }

  private static void publish(ReceivedInstance instance) throws Exception {
    try (KafkaInstanceSink sink = new KafkaInstanceSink(config)) {
      sink.accept(instance).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
  }

  private static ConsumerRecord<String, byte[]> record(String sopInstance) {
    return TestBroker.records(broker.bootstrapServers(), InstanceTopics.INSTANCES).stream()
        .filter(stored -> header(stored, "sop-instance-uid").equals(sopInstance))
        .findFirst()
        .orElseThrow();
  }

  private static String header(ConsumerRecord<String, byte[]> stored, String name) {
    return new String(
        stored.headers().lastHeader(name).value(), java.nio.charset.StandardCharsets.UTF_8);
  }
}
