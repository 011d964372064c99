package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;

/** Whatever is killed on the way: every study has one report, every bad file is rejected once. */
@Timeout(240)
class ExactlyOnceIT {
  private static final int STUDIES = 150;
  private static final int EVERY_BAD = 10;

  @TempDir Path folder;
  private final List<String> reports = new CopyOnWriteArrayList<>();
  private final List<String> rejected = new CopyOnWriteArrayList<>();
  private final List<String> screened = new CopyOnWriteArrayList<>();

  @Test
  void aKilledProcessLosesNothingAndRepeatsNothing() throws Exception {
    EmbeddedBroker.Settings settings =
        EmbeddedBroker.Settings.temporary().withDataDirectory(folder.resolve("kafka"));
    Path state = folder.resolve("state");
    try (EmbeddedBroker broker = EmbeddedBroker.start(settings)) {
      broker.createTopics(Topics.definitions(4, (short) 1, 1 << 20));
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
      try (TopicWatch watch =
              TopicWatch.start(
                  client,
                  List.of(Topics.REPORTS.name(), Topics.REJECTED.name(), Topics.SCREENINGS.name()),
                  Long.MAX_VALUE,
                  this::note);
          Producer<String, byte[]> producer = producer(client)) {
        assertThat(watch).isNotNull();
        // When a process is killed twice while films keep coming
        WorkerProcess first = WorkerProcess.start(broker.bootstrapServers(), state);
        send(producer, 0, STUDIES / 3);
        awaitScreened(20);
        first.kill();
        WorkerProcess second = WorkerProcess.start(broker.bootstrapServers(), state);
        send(producer, STUDIES / 3, 2 * STUDIES / 3);
        awaitScreened(STUDIES);
        second.kill();
        try (WorkerProcess third = WorkerProcess.start(broker.bootstrapServers(), state)) {
          assertThat(third).isNotNull();
          send(producer, 2 * STUDIES / 3, STUDIES);
          // Then all is there
          await()
              .atMost(Duration.ofMinutes(2))
              .untilAsserted(() -> assertThat(reports).hasSizeGreaterThanOrEqualTo(STUDIES));
          awaitScreened(2 * STUDIES);
        }
      }
    }
    assertThat(reports).containsExactlyInAnyOrderElementsOf(expectedReports());
    assertThat(rejected).containsExactlyInAnyOrderElementsOf(expectedRejections());
    assertThat(screened).doesNotHaveDuplicates().hasSize(2 * STUDIES);
  }

  private void awaitScreened(int count) {
    await()
        .atMost(Duration.ofSeconds(90))
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

  private static void send(Producer<String, byte[]> producer, int from, int to) {
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

  private static List<String> expectedReports() {
    return IntStream.range(0, STUDIES)
        .mapToObj(
            number -> {
              String study = study(number);
              String second = bad(number) ? "left out" : "pneumonia";
              return study + " " + study + ".1=pneumonia " + study + ".2=" + second + " r1";
            })
        .toList();
  }

  private static List<String> expectedRejections() {
    return IntStream.range(0, STUDIES)
        .filter(ExactlyOnceIT::bad)
        .mapToObj(
            number ->
                new String(FakeScreener.film(study(number), study(number) + ".2", "failed"), UTF_8))
        .toList();
  }

  private static Producer<String, byte[]> producer(Map<String, Object> client) {
    return new KafkaProducer<>(
        client, Topics.INSTANCES.keys().serializer(), Topics.INSTANCES.values().serializer());
  }
}
