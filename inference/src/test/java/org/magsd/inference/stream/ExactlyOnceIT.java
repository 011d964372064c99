package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;

/** Whatever is killed on the way: every study has one report, every bad file is rejected once. */
@Timeout(300)
class ExactlyOnceIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int EVERY_BAD = 10;

  @TempDir Path folder;
  private final List<String> reports = new CopyOnWriteArrayList<>();
  private final List<String> rejected = new CopyOnWriteArrayList<>();
  private final List<String> screened = new CopyOnWriteArrayList<>();
  private EmbeddedBroker broker;
  private TopicWatch watch;
  private Producer<String, byte[]> producer;

  @BeforeEach
  void start() throws Exception {
    broker =
        EmbeddedBroker.start(
            EmbeddedBroker.Settings.temporary().withDataDirectory(folder.resolve("kafka")));
    broker.createTopics(Topics.definitions(4, (short) 1, 1 << 20));
    Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
    watch =
        TopicWatch.start(
            client,
            List.of(Topics.REPORTS.name(), Topics.REJECTED.name(), Topics.SCREENINGS.name()),
            Long.MAX_VALUE,
            this::note);
    producer =
        new KafkaProducer<>(
            client, Topics.INSTANCES.keys().serializer(), Topics.INSTANCES.values().serializer());
  }

  @AfterEach
  void stop() {
    producer.close(Duration.ofSeconds(5));
    watch.close();
    broker.close();
  }

  @Test
  void aKilledProcessLosesNothingAndRepeatsNothing() throws Exception {
    // When a process is killed twice while films keep coming
    WorkerProcess first = worker("state");
    send(0, 50);
    awaitScreened(20);
    first.kill();
    WorkerProcess second = worker("state");
    send(50, 100);
    awaitScreened(150);
    second.kill();
    try (WorkerProcess third = worker("state")) {
      assertThat(third).isNotNull();
      send(100, 150);
      awaitReports(150);
    }

    assertAllOnce(150);
  }

  @Test
  void aRestartedBrokerLosesNothingAndRepeatsNothing() throws Exception {
    try (WorkerProcess worker = worker("state")) {
      assertThat(worker).isNotNull();
      send(0, 100);
      awaitScreened(30);

      // When the broker goes away in the middle and comes back
      int port = broker.port();
      broker.close();
      broker =
          EmbeddedBroker.start(
              EmbeddedBroker.Settings.temporary()
                  .withDataDirectory(folder.resolve("kafka"))
                  .withPort(port));
      send(100, 200);
      awaitReports(200);
    }

    assertAllOnce(200);
  }

  @Test
  void instancesThatComeAndGoLoseNothingAndRepeatNothing() throws Exception {
    WorkerProcess first = worker("first");
    send(0, 70);
    awaitScreened(20);

    // When another joins, then the first leaves in good order
    try (WorkerProcess second = worker("second")) {
      assertThat(second).isNotNull();
      send(70, 140);
      awaitScreened(200);
      first.close();
      send(140, 200);
      awaitReports(200);
    }

    assertAllOnce(200);
  }

  @Test
  void theTimersOfAKilledProcessGoOffInAnotherWithoutItsFolder() throws Exception {
    // Given studies that are screened and wait for quiet in a process that is killed
    Duration quiet = Duration.ofSeconds(20);
    WorkerProcess first =
        WorkerProcess.start(broker.bootstrapServers(), folder.resolve("first"), quiet);
    send(0, 1);
    awaitScreened(2);
    send(1, 30);
    awaitScreened(60);
    first.kill();
    assertThat(reports).allMatch(report -> report.startsWith(study(0) + " "));

    // When another takes over, with nothing but the changelog, and no film comes any more
    try (WorkerProcess second =
        WorkerProcess.start(broker.bootstrapServers(), folder.resolve("second"), quiet)) {
      assertThat(second).isNotNull();
      awaitReports(30);
    }

    assertAllOnce(30);
  }

  private WorkerProcess worker(String state) throws IOException {
    return WorkerProcess.start(broker.bootstrapServers(), folder.resolve(state));
  }

  /** As an undisturbed run would have it: nothing missing, nothing twice, nothing torn apart. */
  private void assertAllOnce(int studies) {
    awaitScreened(2 * studies);
    assertThat(reports).containsExactlyInAnyOrderElementsOf(expectedReports(studies));
    assertThat(rejected).containsExactlyInAnyOrderElementsOf(expectedRejections(studies));
    assertThat(screened).doesNotHaveDuplicates().hasSize(2 * studies);
  }

  private void awaitReports(int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(reports).hasSizeGreaterThanOrEqualTo(count));
  }

  private void awaitScreened(int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(screened).hasSizeGreaterThanOrEqualTo(count));
  }

  private void note(ConsumerRecord<String, byte[]> record) {
    String text = new String(record.value(), UTF_8);
    if (record.topic().equals(Topics.REPORTS.name())) {
      reports.add(text);
    } else if (record.topic().equals(Topics.REJECTED.name())) {
      rejected.add(text);
    } else {
      screened.add(
          Topics.SCREENINGS
              .values()
              .deserializer()
              .deserialize(record.topic(), record.value())
              .sopInstanceUid()
              .orElseThrow());
    }
  }

  private static String study(int number) {
    return "1.2." + number;
  }

  private static boolean bad(int number) {
    return number % EVERY_BAD == 0;
  }

  private void send(int from, int to) {
    List<String> lost = new CopyOnWriteArrayList<>();
    for (int number = from; number < to; number++) {
      String study = study(number);
      for (int image = 1; image <= 2; image++) {
        String outcome = image == 2 && bad(number) ? "failed" : "assessed";
        byte[] film = FakeScreener.film(study, study + "." + image, outcome);
        var unused =
            producer.send(
                new ProducerRecord<>(Topics.INSTANCES.name(), study, film),
                (place, failure) -> {
                  if (failure != null) {
                    lost.add(study);
                  }
                });
      }
    }
    producer.flush();
    assertThat(lost).isEmpty();
  }

  private static List<String> expectedReports(int studies) {
    return IntStream.range(0, studies)
        .mapToObj(
            number -> {
              String study = study(number);
              String second = bad(number) ? "left out" : "pneumonia";
              return study + " " + study + ".1=pneumonia " + study + ".2=" + second + " r1";
            })
        .toList();
  }

  private static List<String> expectedRejections(int studies) {
    return IntStream.range(0, studies)
        .filter(ExactlyOnceIT::bad)
        .mapToObj(
            number ->
                new String(FakeScreener.film(study(number), study(number) + ".2", "failed"), UTF_8))
        .toList();
  }
}
