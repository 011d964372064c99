package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.fhir.deliver.FaultyServer.Fault;
import org.magsd.fhir.report.ReportIds;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;

/** Delivery from a real broker to a FHIR server that fails in every way it can. */
@Timeout(60)
class ReportDeliveryIT {
  private static final ReportMapper MAPPER = new ReportMapper(ReportOptions.defaults());
  private static final RetryPolicy QUICK =
      new RetryPolicy(Duration.ofMillis(20), Duration.ofMillis(100), 6, Duration.ofSeconds(20));

  private static TestBroker broker;
  private static KafkaProducer<String, String> producer;

  private final Heard heard = new Heard();

  /** Longer than a busy machine takes for an answer, but where a test is about it. */
  private Duration requestPatience = Duration.ofSeconds(20);

  private String reports;
  private String undelivered;
  private FaultyServer server;
  private ReportDelivery delivery;

  @BeforeAll
  static void startBroker(@TempDir Path directory) throws Exception {
    broker = TestBroker.start(directory);
    producer = new KafkaProducer<>(broker.client(), new StringSerializer(), new StringSerializer());
  }

  @AfterAll
  static void stopBroker() {
    producer.close();
    broker.close();
  }

  @BeforeEach
  void createTopics(TestInfo test) throws Exception {
    String name = test.getTestMethod().orElseThrow().getName();
    reports = "reports-" + name;
    undelivered = "undelivered-" + name;
    broker.createTopic(reports, 2);
    broker.createTopic(undelivered, 1);
    server = FaultyServer.start();
  }

  @AfterEach
  void stop() {
    if (delivery != null) {
      delivery.close();
    }
    server.close();
  }

  @Test
  void deliversEachReportAsItIsOnTheTopic() throws Exception {
    start();
    for (int study = 1; study <= 10; study++) {
      send("1.2.3." + study, 1);
    }
    awaitCommitted(10);
    for (int study = 1; study <= 10; study++) {
      assertThat(stored("1.2.3." + study)).isEqualTo(json("1.2.3." + study, 1));
    }
    assertThat(heard.delivered).hasSize(10).doesNotHaveDuplicates();
    assertThat(givenUp()).isEmpty();
  }

  @Test
  void triesAgainAfterServerErrorsAndThrottling() throws Exception {
    server.fail(Fault.status(500), Fault.status(503), Fault.status(429), Fault.status(408));
    start();
    send("1.2.3", 1);
    awaitCommitted(1);
    assertThat(stored("1.2.3")).isEqualTo(json("1.2.3", 1));
    assertThat(heard.retried)
        .containsExactly("server-error", "server-error", "throttled", "timeout");
  }

  @Test
  void leavesTheServerAloneForAsLongAsItAsks() throws Exception {
    server.fail(Fault.status(429).with("Retry-After", "2"));
    start();
    send("1.2.3", 1);
    awaitCommitted(1);
    long wait = server.transactions().get(1).nanos() - server.transactions().get(0).nanos();
    assertThat(Duration.ofNanos(wait)).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void triesAgainAfterATimeoutThoughTheReportArrived() throws Exception {
    server.fail(Fault.status(200).after(Duration.ofSeconds(3)).thoughCarriedOut());
    requestPatience = Duration.ofSeconds(2);
    start();
    send("1.2.3", 1);
    awaitCommitted(1);
    assertThat(heard.retried).isNotEmpty().containsOnly("timeout");
    assertThat(versionOfReport("1.2.3")).isEqualTo("W/\"1\"");
  }

  @Test
  void triesAgainWhenAnAnswerProvesNothing() throws Exception {
    server.fail(
        Fault.status(200).saying("<html>Please log in</html>"),
        Fault.status(200).saying("{\"resourceType\":\"OperationOutcome\"}"),
        Fault.status(200).saying("\u0000\u0001garbage"),
        Fault.status(200)
            .saying("{\"resourceType\":\"Bundle\",\"type\":\"transaction-response\"}"));
    start();
    send("1.2.3", 1);
    awaitCommitted(1);
    assertThat(stored("1.2.3")).isEqualTo(json("1.2.3", 1));
    assertThat(heard.retried).hasSize(4).containsOnly("broken-answer");
  }

  @Test
  void readsAgainAndTriesAgainAfterAConflict() throws Exception {
    server.fail(Fault.status(409), Fault.status(412));
    start();
    send("1.2.3", 1);
    awaitCommitted(1);
    assertThat(stored("1.2.3")).isEqualTo(json("1.2.3", 1));
    assertThat(heard.retried).containsExactly("conflict", "conflict");
  }

  @Test
  void waitsForAServerThatIsNotThereYet() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    delivery =
        ReportDelivery.start(
            broker.client(),
            config(URI.create("http://127.0.0.1:" + port + "/fhir"), QUICK),
            LargeReports.NONE,
            heard);
    send("1.2.3", 1);
    await().atMost(60, TimeUnit.SECONDS).until(() -> heard.undelivered.size() == 1);
    assertThat(heard.retried).hasSize(QUICK.attempts() - 1).containsOnly("unreachable");
    assertThat(givenUp()).hasSize(1);
  }

  @Test
  void putsARefusedReportAsideWithTheReasonAndNoPatientData() throws Exception {
    server.fail(
        Fault.status(400)
            .saying(
                "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\","
                    + "\"code\":\"invalid\",\"diagnostics\":\"Patient MÜLLER, Anna (PAT-0815,"
                    + " born 1961-07-09, 19610709) has no valid name\","
                    + "\"expression\":[\"Patient.name\"]}]}"));
    start();
    send("1.2.3", 1);
    awaitCommitted(1);
    ConsumerRecord<byte[], byte[]> record = givenUp().get(0);
    assertThat(new String(record.key(), UTF_8)).isEqualTo("1.2.3");
    assertThat(new String(record.value(), UTF_8)).isEqualTo(json("1.2.3", 1));
    assertThat(headers(record))
        .containsEntry("reason", "refused")
        .containsEntry("status", "400")
        .containsEntry("attempts", "1")
        .containsEntry("original-topic", reports)
        .containsKeys("original-partition", "original-offset")
        .hasEntrySatisfying(
            "operation-outcome",
            text ->
                assertThat(text)
                    .contains("error invalid", "has no valid name", "at Patient.name")
                    .doesNotContainIgnoringCase("müller")
                    .doesNotContain("Anna", "0815", "1961"));
    assertThat(heard.undelivered).containsExactly("refused");
    assertThat(server.transactions()).hasSize(1);
  }

  @Test
  void putsAsideAfterTheLastAttempt() throws Exception {
    for (int i = 0; i < 20; i++) {
      server.fail(Fault.status(503));
    }
    start();
    send("1.2.3", 1);
    awaitCommitted(1);
    assertThat(headers(givenUp().get(0)))
        .containsEntry("reason", "server-error")
        .containsEntry("status", "503")
        .containsEntry("attempts", String.valueOf(QUICK.attempts()));
    assertThat(server.transactions()).hasSize(QUICK.attempts());
  }

  @Test
  void putsAsideWhatIsNoReport() throws Exception {
    start();
    producer.send(new ProducerRecord<>(reports, "1.2.3", "no report")).get();
    producer.send(new ProducerRecord<>(reports, "1.2.4", "{\"resourceType\":\"Bundle\"}")).get();
    send("1.2.5", 1);
    awaitCommitted(3);
    assertThat(givenUp())
        .extracting(record -> headers(record).get("reason"))
        .containsExactly("unreadable", "unreadable");
    assertThat(stored("1.2.5")).isEqualTo(json("1.2.5", 1));
  }

  @Test
  void keepsTheOrderOfAStudysRevisions() throws Exception {
    server.fail(Fault.status(500), Fault.status(500));
    start();
    for (int revision = 1; revision <= 4; revision++) {
      send("1.2.3", revision);
    }
    awaitCommitted(4);
    assertThat(stored("1.2.3")).isEqualTo(json("1.2.3", 4));
    assertThat(versionOfReport("1.2.3")).isEqualTo("W/\"4\"");
  }

  @Test
  void neverLetsAnOlderRevisionOverwriteANewerOne() throws Exception {
    start();
    send("1.2.3", 2);
    awaitCommitted(1);
    send("1.2.3", 1);
    awaitCommitted(2);
    assertThat(stored("1.2.3")).isEqualTo(json("1.2.3", 2));
    assertThat(heard.superseded).containsExactly("1.2.3");
  }

  @Test
  void aFailingStudyHoldsUpNoOtherPartition() throws Exception {
    String slow = "1.2.7777";
    for (int i = 0; i < 2_000; i++) { // more than a busy machine gets through before recover()
      server.fail(Fault.status(503).of(slow));
    }
    RetryPolicy patient =
        new RetryPolicy(
            Duration.ofMillis(200), Duration.ofMillis(200), 1000, Duration.ofMinutes(5));
    delivery =
        ReportDelivery.start(
            broker.client(), config(server.base(), patient), LargeReports.NONE, heard);
    producer.send(new ProducerRecord<>(reports, 0, slow, json(slow, 1))).get();
    await().atMost(60, TimeUnit.SECONDS).until(() -> heard.retried.size() > 1);
    for (int study = 1; study <= 5; study++) {
      String uid = "1.2.4." + study;
      producer.send(new ProducerRecord<>(reports, 1, uid, json(uid, 1))).get();
    }
    await().atMost(60, TimeUnit.SECONDS).until(() -> heard.delivered.size() == 5);
    assertThat(heard.delivered).doesNotContain(slow);
    server.recover();
    awaitCommitted(6);
    assertThat(heard.delivered).contains(slow);
  }

  @Test
  void goesOnWhereItStoppedAndLosesNothing() throws Exception {
    start();
    int studies = 30;
    for (int study = 1; study <= studies; study++) {
      send("1.2.3." + study, 1);
      if (study % 10 == 0) {
        delivery.close();
        assertThat(delivery.running()).isFalse();
        start();
      }
    }
    awaitCommitted(studies);
    for (int study = 1; study <= studies; study++) {
      assertThat(versionOfReport("1.2.3." + study)).isEqualTo("W/\"1\"");
    }
    assertThat(givenUp()).isEmpty();
  }

  /** As for lack of memory, which it would meet again at once. */
  @Test
  void pausesWhereAnErrorHasEndedALane() throws Exception {
    List<Long> times = new CopyOnWriteArrayList<>();
    DeliveryListener failing =
        new DeliveryListener() {
          @Override
          public void delivered(String studyInstanceUid, int attempts, Duration latency) {
            times.add(System.nanoTime());
            if (times.size() == 1) {
              throw new OutOfMemoryError("for a metric");
            }
          }
        };
    delivery =
        ReportDelivery.start(
            broker.client(), config(server.base(), QUICK), LargeReports.NONE, failing);
    send("1.2.3", 1);
    awaitCommitted(1);
    assertThat(times).hasSize(2);
    assertThat(Duration.ofNanos(times.get(1) - times.get(0))).isGreaterThan(Duration.ofSeconds(4));
    assertThat(delivery.running()).isTrue();
  }

  @Test
  void everyStudyHasOneCurrentReportAfterRandomFaults() throws Exception {
    for (int i = 0; i < 30; i++) {
      Fault fault = Fault.status(List.of(500, 429, 409, 502, 412, 200).get(i % 6));
      server.fail(i % 4 == 0 ? fault.thoughCarriedOut() : fault);
    }
    RetryPolicy policy =
        new RetryPolicy(Duration.ofMillis(10), Duration.ofMillis(50), 100, Duration.ofMinutes(1));
    try (ReportDelivery second =
        ReportDelivery.start(
            broker.client(), config(server.base(), policy), LargeReports.NONE, heard)) {
      delivery =
          ReportDelivery.start(
              broker.client(), config(server.base(), policy), LargeReports.NONE, heard);
      for (int revision = 1; revision <= 2; revision++) {
        for (int study = 1; study <= 20; study++) {
          send("1.2.3." + study, revision);
        }
      }
      awaitCommitted(40);
      assertThat(second.running()).isTrue();
    }
    for (int study = 1; study <= 20; study++) {
      assertThat(stored("1.2.3." + study)).isEqualTo(json("1.2.3." + study, 2));
    }
    assertThat(givenUp()).isEmpty();
  }

  @Test
  void everyStudyHasOneCurrentReportThoughTheServerStopsMidway() throws Exception {
    RetryPolicy patient =
        new RetryPolicy(Duration.ofMillis(50), Duration.ofMillis(200), 1000, Duration.ofMinutes(5));
    int studies = 40;
    delivery =
        ReportDelivery.start(
            broker.client(), config(server.base(), patient), LargeReports.NONE, heard);
    for (int revision = 1; revision <= 2; revision++) {
      for (int study = 1; study <= studies; study++) {
        send("1.2.5." + study, revision);
      }
    }
    await().atMost(30, TimeUnit.SECONDS).until(() -> heard.delivered.size() >= studies / 4);

    // When it goes away for a while, in the middle of whatever it was doing
    server.stop();
    await().atMost(30, TimeUnit.SECONDS).until(() -> heard.retried.contains("unreachable"));
    server.startAgain();

    awaitCommitted(2 * studies);
    for (int study = 1; study <= studies; study++) {
      String uid = "1.2.5." + study;
      assertThat(stored(uid)).isEqualTo(json(uid, 2));
      assertThat(versionOfReport(uid)).isEqualTo("W/\"2\"");
    }
    assertThat(givenUp()).isEmpty();
  }

  private void start() {
    delivery =
        ReportDelivery.start(
            broker.client(), config(server.base(), QUICK), LargeReports.NONE, heard);
  }

  private DeliveryConfig config(URI base, RetryPolicy policy) {
    return new DeliveryConfig(
        base,
        reports,
        undelivered,
        reports,
        Duration.ofSeconds(10),
        requestPatience,
        policy,
        new Authorization.None());
  }

  private void send(String study, int revision) throws Exception {
    producer.send(new ProducerRecord<>(reports, study, json(study, revision))).get();
  }

  private static String json(String study, int revision) {
    return MAPPER.toBundleJson(SampleFindings.ofStudy(study, revision));
  }

  private void awaitCommitted(long reportsDone) {
    await()
        .atMost(30, TimeUnit.SECONDS)
        .pollInterval(100, TimeUnit.MILLISECONDS)
        .until(() -> broker.committed(reports) == reportsDone);
  }

  private String stored(String study) throws Exception {
    return get("/Bundle/" + ids(study).bundle()).body();
  }

  private String versionOfReport(String study) throws Exception {
    return get("/DiagnosticReport/" + ids(study).report())
        .headers()
        .firstValue("ETag")
        .orElse("none");
  }

  private static ReportIds ids(String study) {
    return ReportIds.of(study, SampleFindings.DIGEST);
  }

  private java.net.http.HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(server.sandbox() + path)).build(),
            BodyHandlers.ofString());
  }

  private List<ConsumerRecord<byte[], byte[]>> givenUp() {
    TopicPartition partition = new TopicPartition(undelivered, 0);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            broker.client(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      while (records.size() < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
      return records;
    }
  }

  private static Map<String, String> headers(ConsumerRecord<byte[], byte[]> record) {
    return StreamSupport.stream(record.headers().spliterator(), false)
        .collect(
            Collectors.toMap(header -> header.key(), header -> new String(header.value(), UTF_8)));
  }

  private static final class Heard implements DeliveryListener {
    final List<String> delivered = new CopyOnWriteArrayList<>();
    final List<String> superseded = new CopyOnWriteArrayList<>();
    final List<String> retried = new CopyOnWriteArrayList<>();
    final List<String> undelivered = new CopyOnWriteArrayList<>();

    @Override
    public void delivered(String studyInstanceUid, int attempts, Duration latency) {
      delivered.add(studyInstanceUid);
    }

    @Override
    public void superseded(String studyInstanceUid) {
      superseded.add(studyInstanceUid);
    }

    @Override
    public void retried(String studyInstanceUid, String reason) {
      retried.add(reason);
    }

    @Override
    public void undelivered(String studyInstanceUid, String reason) {
      undelivered.add(reason);
    }
  }
}
