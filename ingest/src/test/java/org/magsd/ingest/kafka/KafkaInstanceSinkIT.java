package org.magsd.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.receive.ReceivedInstance;
import org.magsd.ingest.receive.SampleFiles;
import org.magsd.ingest.receive.SinkUnavailableException;

@Timeout(300)
class KafkaInstanceSinkIT {
  private static final int INLINE_LIMIT = 1 << 20;

  @TempDir static Path directory;
  private static TestBroker broker;
  private static KafkaSinkConfig config;

  @BeforeAll
  static void start() throws Exception {
    broker = TestBroker.start(directory.resolve("kafka"));
    TestBroker.createTopics(broker.bootstrapServers(), INLINE_LIMIT);
    config = config(broker.bootstrapServers(), 60);
  }

  private static KafkaSinkConfig config(String bootstrapServers, int deliverySeconds) {
    return new KafkaSinkConfig(
        bootstrapServers,
        null,
        null,
        INLINE_LIMIT,
        directory.resolve("blobs"),
        deliverySeconds,
        Map.of());
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

  /** Its network thread: then no timeout of Kafka's runs out either. */
  @Test
  void tellsOfAProducerThatHasDied() throws Exception {
    KafkaSinkConfig fatal =
        new KafkaSinkConfig(
            broker.bootstrapServers(),
            null,
            null,
            INLINE_LIMIT,
            directory.resolve("blobs"),
            1,
            Map.of("interceptor.classes", OutOfMemory.class.getName()));
    try (KafkaInstanceSink sink = new KafkaInstanceSink(fatal)) {
      assertThat(sink.answers()).isTrue();
      sink.accept(instance("1.2.3.40", 10));

      CompletableFuture<Void> next = sink.accept(instance("1.2.3.41", 10)).toCompletableFuture();
      assertThatThrownBy(() -> next.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(SinkUnavailableException.class);
      assertThat(sink.answers()).isFalse();
    }
  }

  /** Ends the thread that hears of a record. */
  public static final class OutOfMemory implements ProducerInterceptor<String, byte[]> {
    @Override
    public ProducerRecord<String, byte[]> onSend(ProducerRecord<String, byte[]> record) {
      return record;
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception exception) {
      throw new OutOfMemoryError("for a test");
    }

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> configs) {}
  }

  /** Whoever made the topic, and whatever its limit: Kafka's own default is 1 MiB. */
  @Test
  void whatTheTopicRefusesForItsSizeGoesThereByReference() throws Exception {
    topic("small.instances", "200000");
    KafkaSinkConfig small = elsewhere("small.instances", null);
    try (KafkaInstanceSink sink = new KafkaInstanceSink(small)) {
      List<CompletableFuture<Void>> accepted = new ArrayList<>();
      for (int pixels : List.of(500_000, 10, 700_000, 150_000, 300_000)) {
        accepted.add(sink.accept(instance("1.2.3.30." + pixels, pixels)).toCompletableFuture());
      }
      for (CompletableFuture<Void> each : accepted) {
        each.get(90, TimeUnit.SECONDS);
      }
    }

    List<ConsumerRecord<String, byte[]>> stored =
        TestBroker.records(broker.bootstrapServers(), "small.instances");
    assertThat(stored).hasSize(5).allMatch(at -> at.key().equals(SampleFiles.STUDY));
    for (ConsumerRecord<String, byte[]> at : stored) {
      String uid = header(at, "sop-instance-uid");
      int pixels = Integer.parseInt(uid.substring(uid.lastIndexOf('.') + 1));
      Optional<BlobReference> reference = BlobReference.in(at.value());
      assertThat(reference.isPresent()).as(uid).isEqualTo(pixels > 200_000);
      byte[] file =
          reference.isPresent()
              ? new BlobStore(small.blobFolder()).read(reference.get())
              : at.value();
      assertThat(file).as(uid).isEqualTo(SampleFiles.file(SampleFiles.STUDY, uid, pixels));
    }
    assertThat(new KafkaInstanceIndex(small).find(List.of("1.2.3.30.500000", "1.2.3.30.10")))
        .hasSize(2);
  }

  private static void topic(String name, String maxMessageBytes) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      NewTopic narrow =
          new NewTopic(name, 1, (short) 1).configs(Map.of("max.message.bytes", maxMessageBytes));
      admin.createTopics(List.of(narrow)).all().get(90, TimeUnit.SECONDS);
    }
  }

  private static KafkaSinkConfig elsewhere(String topic, String indexTopic) {
    return new KafkaSinkConfig(
        broker.bootstrapServers(),
        topic,
        indexTopic,
        INLINE_LIMIT,
        directory.resolve("blobs"),
        60,
        Map.of());
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
          .get(90, TimeUnit.SECONDS);
    }

    assertThat(new KafkaInstanceIndex(config).find(List.of("1.2.3.5"))).isEmpty();
  }

  @Test
  void doesNotClaimWhatAnotherRecordStandsInThePlaceOf() throws Exception {
    publish(instance("1.2.3.10", 10));
    ConsumerRecord<String, byte[]> other = record("1.2.3.10");
    note("1.2.3.11", other.partition(), other.offset());
    note("1.2.3.12", other.partition(), other.offset() + 1_000_000);
    note("1.2.3.13", 99, 0);

    assertThat(
            new KafkaInstanceIndex(config)
                .find(List.of("1.2.3.10", "1.2.3.11", "1.2.3.12", "1.2.3.13")))
        .containsOnlyKeys("1.2.3.10");
  }

  private static void note(String sopInstance, int partition, long offset) throws Exception {
    try (Producer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      IndexEntry entry = new IndexEntry(SampleFiles.COMPUTED_RADIOGRAPHY, partition, offset);
      producer
          .send(new ProducerRecord<>(InstanceTopics.INDEX, sopInstance, entry.toJson()))
          .get(90, TimeUnit.SECONDS);
    }
  }

  @Test
  void findsInstancesWhereverTheyLie() throws Exception {
    List<String> uids = new ArrayList<>();
    try (KafkaInstanceSink sink = new KafkaInstanceSink(config)) {
      for (int i = 0; i < 40; i++) {
        String uid = "1.2.3.20." + i;
        uids.add(uid);
        int bytes = i % 10 == 0 ? INLINE_LIMIT - 5_000 : 10;
        sink.accept(SampleFiles.instance("1.2.9." + i % 5, uid, bytes))
            .toCompletableFuture()
            .get(90, TimeUnit.SECONDS);
      }
    }

    assertThat(new KafkaInstanceIndex(config).find(uids)).containsOnlyKeys(uids);
  }

  @Test
  void doesNotClaimWhoseBlobIsGoneOrCutShort() throws Exception {
    List<String> uids = List.of("1.2.3.14", "1.2.3.15", "1.2.3.16");
    for (String uid : uids) {
      publish(instance(uid, INLINE_LIMIT));
    }
    Files.delete(blob("1.2.3.14"));
    Files.write(blob("1.2.3.15"), new byte[10]);

    assertThat(new KafkaInstanceIndex(config).find(uids)).containsOnlyKeys("1.2.3.16");
  }

  private static Path blob(String sopInstance) throws Exception {
    BlobReference reference = BlobReference.in(record(sopInstance).value()).orElseThrow();
    return config.blobFolder().resolve(reference.blob());
  }

  @Test
  void doesNotKnowWhileTheBlobFolderIsAway() throws Exception {
    publish(instance("1.2.3.17", INLINE_LIMIT));
    KafkaSinkConfig elsewhere =
        new KafkaSinkConfig(
            broker.bootstrapServers(),
            null,
            null,
            INLINE_LIMIT,
            directory.resolve("not-mounted"),
            60,
            Map.of());

    assertThatThrownBy(() -> new KafkaInstanceIndex(elsewhere).find(List.of("1.2.3.17")))
        .isInstanceOf(SinkUnavailableException.class)
        .hasMessageContaining("blob folder");
  }

  @Test
  void acknowledgesNoInstanceWhoseNoteIsRefused() throws Exception {
    topic("narrow.index", "50");

    assertNotAcknowledged("narrow.index", "1.2.3.18");

    assertThat(record("1.2.3.18").key()).isEqualTo(SampleFiles.STUDY);
  }

  @Test
  void publishesNothingThatItCouldNotNote() throws Exception {
    assertNotAcknowledged("no such index", "1.2.3.19");

    assertThat(TestBroker.records(broker.bootstrapServers(), InstanceTopics.INSTANCES))
        .noneMatch(stored -> header(stored, "sop-instance-uid").equals("1.2.3.19"));
  }

  @Test
  void acknowledgesNoInstanceWhoseReferenceIsRefusedToo() throws Exception {
    topic("narrow.instances", "50");
    try (KafkaInstanceSink sink = new KafkaInstanceSink(elsewhere("narrow.instances", null))) {
      assertThatThrownBy(
              () ->
                  sink.accept(instance("1.2.3.31", 10))
                      .toCompletableFuture()
                      .get(90, TimeUnit.SECONDS))
          .hasCauseInstanceOf(SinkUnavailableException.class)
          .hasMessageContaining("narrow.instances did not take a record");
    }
  }

  private static void assertNotAcknowledged(String indexTopic, String sopInstance) {
    KafkaSinkConfig elsewhere =
        new KafkaSinkConfig(
            broker.bootstrapServers(),
            null,
            indexTopic,
            INLINE_LIMIT,
            directory.resolve("blobs"),
            4,
            Map.of());
    try (KafkaInstanceSink sink = new KafkaInstanceSink(elsewhere)) {
      assertThatThrownBy(
              () ->
                  sink.accept(instance(sopInstance, 10))
                      .toCompletableFuture()
                      .get(90, TimeUnit.SECONDS))
          .hasCauseInstanceOf(SinkUnavailableException.class)
          .hasMessageContaining(indexTopic + " did not take a record");
    }
  }

  @Test
  void acknowledgesWhatItHasAcceptedBeforeItCloses() throws Exception {
    List<String> uids = new ArrayList<>();
    List<CompletableFuture<Void>> accepted = new ArrayList<>();
    try (KafkaInstanceSink sink = new KafkaInstanceSink(config)) {
      for (int i = 0; i < 200; i++) {
        uids.add("1.2.3.21." + i);
        accepted.add(sink.accept(instance("1.2.3.21." + i, 10_000)).toCompletableFuture());
      }
    }

    assertThat(accepted).allMatch(future -> future.isDone() && !future.isCompletedExceptionally());
    assertThat(new KafkaInstanceIndex(config).find(uids)).containsOnlyKeys(uids);
  }

  @Test
  void failsWithinItsPatienceWhenNoBrokerAnswers() throws Exception {
    try (KafkaInstanceSink sink =
        new KafkaInstanceSink(config("127.0.0.1:" + TestBroker.freePort(), 2))) {
      assertThatThrownBy(
              () ->
                  sink.accept(instance("1.2.3.6", 10))
                      .toCompletableFuture()
                      .get(90, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(SinkUnavailableException.class);
    }
  }

  private static ReceivedInstance instance(String sopInstance, int pixelBytes) {
    return SampleFiles.instance(SampleFiles.STUDY, sopInstance, pixelBytes);
  }

  private static void publish(ReceivedInstance instance) throws Exception {
    try (KafkaInstanceSink sink = new KafkaInstanceSink(config)) {
      sink.accept(instance).toCompletableFuture().get(90, TimeUnit.SECONDS);
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
