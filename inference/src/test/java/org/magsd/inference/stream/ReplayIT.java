package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.ingest.kafka.InstanceTopics;

@Timeout(180)
class ReplayIT {
  private static final Replay.Wanted ALL = new Replay.Wanted(Optional.empty(), Optional.empty());
  private static final int RECORD = InstanceTopics.maxRecordBytes(1 << 20);

  @TempDir Path folder;
  private BlobStore blobs;
  private EmbeddedBroker broker;
  private Producer<String, String> producer;

  @BeforeEach
  void start() throws Exception {
    blobs = new BlobStore(folder.resolve("blobs"));
    broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
    broker.createTopics(Topics.definitions(2, (short) 1, 1 << 20));
    producer = new KafkaProducer<>(client(), new StringSerializer(), new StringSerializer());
  }

  @AfterEach
  void stop() {
    producer.close(Duration.ZERO);
    broker.close();
  }

  @Test
  void putsEachRecordBackOnItsTopicExactlyOnce() throws Exception {
    reject("dicom.rejected", "1.1", "film", "pixel data ends early", "1");
    reject("fhir.undelivered", "1.2", "report", "400", "7");

    assertThat(replay(ALL)).extracting(Replay.Moved::study).containsExactlyInAnyOrder("1.1", "1.2");
    assertThat(replay(ALL)).isEmpty();

    assertThat(read("dicom.instances")).containsExactly("1.1=film attempts=1");
    assertThat(read("fhir.diagnostic-reports")).containsExactly("1.2=report");
  }

  @Test
  void putsBackWhatIsWantedOnly() throws Exception {
    reject("dicom.rejected", "1.1", "a", "pixel data ends early", "1");
    reject("dicom.rejected", "1.1", "b", "unsupported transfer syntax", "1");
    reject("dicom.rejected", "1.2", "c", "unsupported transfer syntax", "1");

    assertThat(replay(new Replay.Wanted(Optional.of("1.1"), Optional.of("Transfer SYNTAX"))))
        .hasSize(1);
    assertThat(read("dicom.instances")).containsExactly("1.1=b attempts=1");
    assertThat(replay(new Replay.Wanted(Optional.of("1.9"), Optional.empty()))).isEmpty();
    assertThat(replay(ALL)).hasSize(2);
  }

  /** Each would make another record on the topic that it came from. */
  @Test
  void leavesReviewedReportsUnlessTheyAreAskedFor() throws Exception {
    reject("fhir.undelivered", "1.1", "reviewed report", "reviewed", "1");
    reject("fhir.undelivered", "1.1", "refused report", "refused", "1");
    reject("dicom.rejected", "1.1", "film", "reviewed", "1");

    try (Replay replay = new Replay(client(), RECORD, blobs)) {
      assertThat(replay.run(new Replay.Wanted(Optional.of("1.1"), Optional.empty()), moved -> {}))
          .isEqualTo(new Replay.Outcome(2, Map.of(Replay.Left.REVIEWED, 1)));
    }
    assertThat(read("fhir.diagnostic-reports")).containsExactly("1.1=refused report");

    assertThat(replay(new Replay.Wanted(Optional.empty(), Optional.of("Reviewed")))).hasSize(1);
    assertThat(read("fhir.diagnostic-reports"))
        .containsExactly("1.1=refused report", "1.1=reviewed report");
  }

  /** Of a film whose record was deleted before its turn nothing is left to be tried again. */
  @Test
  void leavesWhatHoldsNoBytes() throws Exception {
    reject("dicom.rejected", "1.1", "", "its record was deleted", "1");
    reject("dicom.rejected", "1.2", "film", "pixel data ends early", "1");

    try (Replay replay = new Replay(client(), RECORD, blobs)) {
      assertThat(replay.run(ALL, moved -> {}))
          .isEqualTo(new Replay.Outcome(1, Map.of(Replay.Left.EMPTY, 1)));
    }

    assertThat(read("dicom.instances")).containsExactly("1.2=film attempts=1");
  }

  @Test
  void putsBackAReportThatWaitsInTheBlobFolder() throws Exception {
    byte[] report = "{\"resourceType\":\"Bundle\"}".getBytes(UTF_8);
    BlobReference missing = new BlobReference("ab/missing.dcm", 1_000, "ab".repeat(32));
    undeliver("1.1", blobs.write(report).toJson());
    undeliver("1.2", missing.toJson());

    try (Replay replay = new Replay(client(), RECORD, blobs)) {
      assertThat(replay.run(ALL, moved -> {}))
          .isEqualTo(new Replay.Outcome(1, Map.of(Replay.Left.EMPTY, 1)));
    }
    Files.move(folder.resolve("blobs"), folder.resolve("elsewhere"));
    try (Replay replay = new Replay(client(), RECORD, blobs)) {
      assertThatThrownBy(() -> replay.run(ALL, moved -> {}))
          .isInstanceOf(Replay.BlobFolderException.class)
          .hasMessage("blob folder is away");
    }

    assertThat(read("fhir.diagnostic-reports"))
        .containsExactly("1.1={\"resourceType\":\"Bundle\"}");
  }

  private void undeliver(String study, byte[] reference) throws Exception {
    ProducerRecord<String, String> record =
        new ProducerRecord<>("fhir.undelivered", study, new String(reference, UTF_8));
    record.headers().add("reason", "refused".getBytes(UTF_8));
    record.headers().add("by-reference", "true".getBytes(UTF_8));
    producer.send(record).get();
  }

  /** The clients' limit, which {@code kafka.inline-limit-bytes} sets, may be smaller by now. */
  @Test
  void putsAFilmBackByReferenceWhichClientsHaveNoRoomForAnyMore() throws Exception {
    String large = "film ".repeat(40_000);
    reject("dicom.rejected", "1.1", large, "pixel data ends early", "1");
    reject("dicom.rejected", "1.1", "small", "pixel data ends early", "1");
    reject("dicom.rejected", "1.2", "film", "pixel data ends early", "1");

    try (Replay replay = new Replay(client(), 100_000, blobs)) {
      assertThat(replay.run(ALL, moved -> {})).isEqualTo(new Replay.Outcome(3, Map.of()));
    }

    assertThat(replay(ALL)).isEmpty();
    assertThat(read("dicom.instances"))
        .containsExactlyInAnyOrder(
            "1.1=" + reference(large) + " attempts=1",
            "1.1=small attempts=1",
            "1.2=film attempts=1");
  }

  /** Whoever made it or took room from it. */
  @Test
  void putsAFilmBackByReferenceWhichTheTopicHasNoRoomFor() throws Exception {
    limit("dicom.instances", 100_000);
    String large = "film ".repeat(40_000);
    reject("dicom.rejected", "1.1", large, "pixel data ends early", "1");
    reject("dicom.rejected", "1.1", "small", "pixel data ends early", "1");

    try (Replay replay = new Replay(client(), RECORD, blobs)) {
      assertThat(replay.run(ALL, moved -> {})).isEqualTo(new Replay.Outcome(2, Map.of()));
    }

    assertThat(read("dicom.instances"))
        .containsExactly("1.1=" + reference(large) + " attempts=1", "1.1=small attempts=1");
  }

  @Test
  void leavesAReportThatItsTopicHasNoRoomForAndGoesOn() throws Exception {
    limit("fhir.diagnostic-reports", 100_000);
    reject("fhir.undelivered", "1.1", "report ".repeat(40_000), "400", "7");
    reject("fhir.undelivered", "1.1", "small", "400", "7");

    try (Replay replay = new Replay(client(), RECORD, blobs)) {
      assertThat(replay.run(ALL, moved -> {}))
          .isEqualTo(new Replay.Outcome(1, Map.of(Replay.Left.TOO_LARGE, 1)));
    }
    assertThat(read("fhir.diagnostic-reports")).containsExactly("1.1=small");
    limit("fhir.diagnostic-reports", RECORD);

    assertThat(replay(ALL)).hasSize(1);
  }

  private String reference(String film) throws IOException {
    return new String(blobs.write(film.getBytes(UTF_8)).toJson(), UTF_8);
  }

  private void limit(String topic, int bytes) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp set =
        new AlterConfigOp(
            new ConfigEntry("max.message.bytes", Integer.toString(bytes)),
            AlterConfigOp.OpType.SET);
    try (Admin admin = Admin.create(client())) {
      admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
    }
  }

  /** Its records have the offsets of others that were put back. */
  @Test
  void putsBackWhatIsOnATopicMadeAnew() throws Exception {
    reject("dicom.rejected", "1.1", "film", "pixel data ends early", "1");
    assertThat(replay(ALL)).hasSize(1);
    try (Admin admin = Admin.create(client())) {
      admin.deleteTopics(List.of("dicom.rejected")).all().get(30, TimeUnit.SECONDS);
      await().until(() -> !admin.listTopics().names().get().contains("dicom.rejected"));
    }
    broker.createTopics(Topics.definitions(2, (short) 1, 1 << 20));
    reject("dicom.rejected", "1.1", "other", "pixel data ends early", "1");

    assertThat(replay(ALL)).hasSize(1);
    assertThat(replay(ALL)).isEmpty();

    assertThat(read("dicom.instances"))
        .containsExactly("1.1=film attempts=1", "1.1=other attempts=1");
  }

  @Test
  void endsWhenTheBrokersFallSilent() throws Exception {
    for (int study = 1; study <= 5; study++) {
      reject("dicom.rejected", "1." + study, "film", "pixel data ends early", "1");
    }
    List<String> heard = new ArrayList<>();
    Map<String, Object> hasty = new HashMap<>(client());
    hasty.put("max.block.ms", 3_000);
    hasty.put("delivery.timeout.ms", 3_000);
    hasty.put("request.timeout.ms", 2_000);

    try (Replay replay = new Replay(hasty, RECORD, blobs, Duration.ofSeconds(5))) {
      assertThatThrownBy(
              () ->
                  replay.run(
                      ALL,
                      moved -> {
                        heard.add(moved.study());
                        broker.close();
                      }))
          .isInstanceOf(IOException.class);
    }

    assertThat(heard).hasSize(1);
  }

  private List<Replay.Moved> replay(Replay.Wanted wanted) throws IOException {
    List<Replay.Moved> moved = new ArrayList<>();
    try (Replay replay = new Replay(client(), RECORD, blobs)) {
      assertThat(replay.run(wanted, moved::add).moved()).isEqualTo(moved.size());
    }
    return moved;
  }

  private void reject(String topic, String study, String value, String reason, String attempts)
      throws Exception {
    ProducerRecord<String, String> record = new ProducerRecord<>(topic, study, value);
    record.headers().add("reason", reason.getBytes(UTF_8));
    record.headers().add("original-topic", "dicom.instances".getBytes(UTF_8));
    record.headers().add("attempts", attempts.getBytes(UTF_8));
    producer.send(record).get();
  }

  /** What lies on the topic: key, value and headers. */
  private List<String> read(String topic) {
    Map<String, Object> settings = new HashMap<>(client());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    List<String> found = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(each -> new TopicPartition(topic, each.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(
                record -> {
                  StringBuilder text = new StringBuilder(record.key() + "=");
                  text.append(new String(record.value(), UTF_8));
                  record
                      .headers()
                      .forEach(
                          header ->
                              text.append(' ')
                                  .append(header.key())
                                  .append('=')
                                  .append(new String(header.value(), UTF_8)));
                  found.add(text.toString());
                });
      }
    }
    return found;
  }

  private Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }
}
