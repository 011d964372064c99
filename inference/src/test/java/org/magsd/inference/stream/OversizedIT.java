package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.service.StreamsSettings;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.ingest.kafka.InstanceTopics;

/** What is too large for a record, on a real broker and under exactly-once, stops nothing. */
@Timeout(240)
class OversizedIT {
  private static final int SMALL_FILES = 1 << 20;
  private static final int RECORD = InstanceTopics.maxRecordBytes(SMALL_FILES);
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Between two films of a study that are sent one after the other, on a busy machine too. */
  private static final Duration QUIET = Duration.ofSeconds(4);

  /** Where each study has one film. */
  private static final Duration SHORT = Duration.ofMillis(500);

  @TempDir Path folder;
  private final List<ConsumerRecord<String, byte[]>> reports = new CopyOnWriteArrayList<>();
  private final List<ConsumerRecord<String, byte[]>> rejected = new CopyOnWriteArrayList<>();
  private final AtomicInteger deaths = new AtomicInteger();
  private final AtomicInteger bare = new AtomicInteger();
  private EmbeddedBroker broker;
  private TopicWatch watch;
  private Producer<String, byte[]> producer;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
    broker.createTopics(Topics.definitions(1, (short) 1, SMALL_FILES));
    watch =
        TopicWatch.start(
            client(),
            List.of(Topics.REPORTS.name(), Topics.REJECTED.name()),
            Long.MAX_VALUE,
            record ->
                (record.topic().equals(Topics.REPORTS.name()) ? reports : rejected).add(record));
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                8 << 20),
            Topics.INSTANCES.keys().serializer(),
            Topics.INSTANCES.values().serializer());
  }

  @AfterEach
  void stop() {
    producer.close(Duration.ofSeconds(5));
    watch.close();
    broker.close();
  }

  @Test
  void aStudyTooLargeWithItsHeatMapsIsReportedWithoutThem() throws Exception {
    // 40 images of 250 KB each in base64: three times what a record may be
    try (KafkaStreams streams = streams(QUIET)) {
      for (int image = 1; image <= 40; image++) {
        send("1.1", FakeScreener.film("1.1", "1.1." + image, "assessed", "heatmap=250000"));
      }
      send("1.2", FakeScreener.film("1.2", "1.2.1", "assessed", "heatmap=250000"));
      awaitReports(2);
      assertThat(streams.state()).isEqualTo(KafkaStreams.State.RUNNING);
    }

    String large = report("1.1");
    assertThat(large)
        .doesNotContain("\"image/png\"")
        .contains("The heat map is left out: the report would be larger than a record may be.");
    assertThat(large.split("\"resourceType\":\"Observation\"", -1)).hasSize(41);
    assertThat(report("1.2")).contains("\"image/png\"").doesNotContain("left out");
    assertThat(bare).hasValue(1);
    assertThat(rejected).isEmpty();
    assertThat(deaths).hasValue(0);
  }

  @Test
  void aHeatMapTooLargeForTheStoreIsLeftOutAtOnce() throws Exception {
    try (KafkaStreams streams = streams(SHORT)) {
      assertThat(streams).isNotNull();
      send("1.1", FakeScreener.film("1.1", "1.1.1", "assessed", "heatmap=" + RECORD));
      awaitReports(1);
    }

    assertThat(report("1.1")).contains("it is larger than a record may be");
    assertThat(deaths).hasValue(0);
  }

  @Test
  void aTopicThatTakesLessThanItShouldGetsItsReportWithoutHeatMaps() throws Exception {
    limit(Topics.REPORTS.name(), 200_000);
    try (KafkaStreams streams = streams(SHORT)) {
      assertThat(streams).isNotNull();
      send("1.1", FakeScreener.film("1.1", "1.1.1", "assessed", "heatmap=250000"));
      awaitReports(1);
    }

    assertThat(report("1.1")).contains("left out");
    assertThat(deaths).hasValue(1);
    assertThat(rejected).isEmpty();
  }

  /** Tried again later, so that other studies get on meanwhile. */
  @Test
  void aTopicThatTakesNotEvenThatHoldsUpNoOtherStudy() throws Exception {
    limit(Topics.REPORTS.name(), 30_000);
    try (KafkaStreams streams = streams(QUIET)) {
      assertThat(streams).isNotNull();
      for (int image = 1; image <= 400; image++) {
        send("1.1", FakeScreener.film("1.1", "1.1." + image, "assessed", "heatmap=250"));
      }
      await().atMost(PATIENCE).until(() -> deaths.get() == 2);
      send("1.2", FakeScreener.film("1.2", "1.2.1", "assessed"));
      awaitReports(1);
    }

    assertThat(report("1.2")).contains("1 image assessed");
    assertThat(deaths).hasValue(2);
  }

  @Test
  void aRecordWhoseResultNoTopicTakesIsRejectedOnceWithItsBytes() throws Exception {
    limit(Topics.SCREENINGS.name(), 10_000);
    byte[] film = FakeScreener.film("1.1", "1.1.1", "assessed", "attention=20000");
    try (KafkaStreams streams = streams(SHORT)) {
      assertThat(streams).isNotNull();
      send("1.1", film);
      send("1.2", FakeScreener.film("1.2", "1.2.1", "assessed"));
      awaitReports(2);
    }

    assertThat(report("1.1")).contains("Not assessed");
    assertThat(report("1.2")).contains("1 image assessed");
    assertThat(deaths).hasValue(1);
    assertThat(rejected).extracting(ConsumerRecord::value).containsExactly(film);
    assertThat(headers(rejected.get(0)))
        .containsEntry("original-topic", "dicom.instances")
        .containsEntry("original-offset", "0")
        .containsEntry("attempts", "1")
        .containsEntry("exception", "org.apache.kafka.common.errors.RecordTooLargeException")
        .containsEntry("reason", "topic cxr.screenings takes no record as large as the result");
  }

  @Test
  void aRecordAsLargeAsTheTopicTakesCanStillBeRejected() throws Exception {
    byte[] bytes = new byte[RECORD - 200];
    try (KafkaStreams streams = streams(SHORT)) {
      assertThat(streams).isNotNull();
      send("1.1", bytes);
      await().atMost(PATIENCE).until(() -> rejected.size() == 1);
    }

    assertThat(rejected.get(0).value()).isEqualTo(bytes);
    assertThat(deaths).hasValue(0);
  }

  /** Whoever made the topic: the bytes go where receivers put those of large files. */
  @Test
  void aFilmTooLargeForTheRejectedGoesThereByReference() throws Exception {
    limit(Topics.REJECTED.name(), 10_000);
    byte[] film = new byte[100_000];
    try (KafkaStreams streams = streams(SHORT)) {
      assertThat(streams).isNotNull();
      send("1.1", film);
      send("1.2", FakeScreener.film("1.2", "1.2.1", "assessed"));
      awaitReports(1);
      await().dontCatchUncaughtExceptions().atMost(PATIENCE).until(() -> rejected.size() == 1);
    }

    BlobReference reference = BlobReference.in(rejected.get(0).value()).orElseThrow();
    assertThat(new BlobStore(folder.resolve("blobs")).read(reference)).isEqualTo(film);
    assertThat(headers(rejected.get(0))).containsEntry("original-offset", "0");
    assertThat(deaths).hasValue(1);
  }

  /** Keys and headers go on to topics and changelogs whose records are small. */
  @Test
  void aKeyOrHeaderThatOnlyALargeRecordHoldsStopsNothing() throws Exception {
    limit(Topics.SCREENINGS.name(), 1 << 20); // as on brokers of their own settings
    byte[] noise = new byte[2 << 20]; // which no compression makes smaller
    new Random(1).nextBytes(noise);
    String longest = Base64.getEncoder().encodeToString(noise);
    ProducerRecord<String, byte[]> hinted =
        new ProducerRecord<>(
            Topics.INSTANCES.name(), "1.2", FakeScreener.film("1.2", "1.2.1", "assessed"));
    hinted.headers().add("sop-instance-uid", longest.getBytes(UTF_8));
    hinted.headers().add("calling-ae", "CR1".getBytes(UTF_8));
    try (KafkaStreams streams = streams(QUIET)) {
      assertThat(streams).isNotNull();
      send(longest, FakeScreener.film("1.1", "1.1.1", "assessed"));
      send(longest, FakeScreener.film("1.1", "1.1.2", "unreadable"));
      producer.send(hinted).get();
      awaitReports(2);
      await().dontCatchUncaughtExceptions().atMost(PATIENCE).until(() -> rejected.size() == 1);
    }

    assertThat(report("1.1")).contains("1 image assessed");
    assertThat(report("1.2")).contains("1 image assessed");
    assertThat(rejected.get(0).key()).isEqualTo(longest.substring(0, 1024));
    assertThat(deaths).hasValue(0);
  }

  private KafkaStreams streams(Duration quiet) {
    ServiceConfig defaults = ServiceConfig.defaults();
    ServiceConfig config =
        defaults
            .with(defaults.kafka().at(broker.bootstrapServers()).below(folder))
            .with(defaults.inference().with(Path.of("none"), folder.resolve("state")));
    ScreeningTopology topology =
        new ScreeningTopology(
            new FakeScreener(),
            AssemblyRules.quietFor(quiet),
            new ReportMapper(ReportOptions.defaults())::toBundleJson,
            RECORD,
            8,
            new ScreeningListener() {
              @Override
              public void heatMapsLeftOut(String study) {
                bare.incrementAndGet();
              }
            });
    Properties settings = StreamsSettings.of(config);
    KafkaStreams streams = new KafkaStreams(topology.topology(), settings);
    streams.setUncaughtExceptionHandler(
        failure -> {
          deaths.incrementAndGet();
          return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
    streams.start();
    return streams;
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

  private Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  private void send(String study, byte[] film) throws Exception {
    producer.send(new ProducerRecord<>(Topics.INSTANCES.name(), study, film)).get();
  }

  private void awaitReports(int count) {
    // A stream thread that dies is what some of these tests are about.
    await().dontCatchUncaughtExceptions().atMost(PATIENCE).until(() -> reports.size() >= count);
  }

  private String report(String study) {
    List<String> found =
        reports.stream()
            .filter(record -> record.key().equals(study))
            .map(record -> new String(record.value(), UTF_8))
            .toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static Map<String, String> headers(ConsumerRecord<String, byte[]> record) {
    return StreamSupport.stream(record.headers().spliterator(), false)
        .collect(Collectors.toMap(h -> h.key(), h -> new String(h.value(), UTF_8)));
  }
}
