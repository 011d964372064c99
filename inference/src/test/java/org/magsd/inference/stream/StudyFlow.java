package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.magsd.inference.console.TopicWatch;

/**
 * Studies of two films each, some of which are bad, some urgent by the second; what becomes of
 * them, and what should.
 */
final class StudyFlow implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** A quiet period, after which a second report would be due, and the commit of that. */
  private static final Duration A_SECOND_REPORT = WorkerProcess.QUIET.plusMillis(1_500);

  private static final int EVERY_BAD = 10;
  private static final int EVERY_URGENT = 7;
  private static final int MOST_ATTEMPTS = 10;

  private final List<String> reports = new CopyOnWriteArrayList<>();
  private final List<String> rejected = new CopyOnWriteArrayList<>();
  private final List<String> screened = new CopyOnWriteArrayList<>();
  private final String padding;
  private final TopicWatch watch;
  private final Producer<String, byte[]> producer;

  /**
   * @param padding bytes added to each film
   */
  StudyFlow(String servers, int padding) {
    Map<String, Object> client = Map.of("bootstrap.servers", servers);
    Map<String, Object> impatient = new HashMap<>(client);
    // A film refused at a broker's start is then not out of order behind its successors.
    impatient.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
    impatient.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    impatient.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 15_000);
    this.padding = "x".repeat(padding);
    this.watch =
        TopicWatch.start(
            client,
            List.of(Topics.REPORTS.name(), Topics.REJECTED.name(), Topics.SCREENINGS.name()),
            Long.MAX_VALUE,
            this::note);
    this.producer =
        new KafkaProducer<>(
            impatient,
            Topics.INSTANCES.keys().serializer(),
            Topics.INSTANCES.values().serializer());
  }

  private void note(ConsumerRecord<String, byte[]> record) {
    String text = new String(record.value(), UTF_8);
    if (record.topic().equals(Topics.REPORTS.name())) {
      reports.add(text);
    } else if (record.topic().equals(Topics.REJECTED.name())) {
      rejected.add(text.strip());
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

  /**
   * Sends the studies of these numbers, as often as the broker refuses them, as a modality does;
   * returns when it has them.
   */
  void send(int from, int to) {
    List<ProducerRecord<String, byte[]>> films = new ArrayList<>();
    for (int number = from; number < to; number++) {
      for (int image = 1; image <= 2; image++) {
        films.add(
            new ProducerRecord<>(Topics.INSTANCES.name(), study(number), film(number, image)));
      }
    }
    for (int attempt = 1; attempt <= MOST_ATTEMPTS && !films.isEmpty(); attempt++) {
      films = refused(films);
    }
    assertThat(films).isEmpty();
  }

  private List<ProducerRecord<String, byte[]>> refused(List<ProducerRecord<String, byte[]>> films) {
    List<ProducerRecord<String, byte[]>> refused = new CopyOnWriteArrayList<>();
    for (ProducerRecord<String, byte[]> film : films) {
      var unused =
          producer.send(
              film,
              (place, failure) -> {
                if (failure != null) {
                  refused.add(film);
                }
              });
    }
    producer.flush();
    return refused;
  }

  private byte[] film(int number, int image) {
    String study = study(number);
    String outcome = image == 2 && bad(number) ? "failed" : "assessed";
    String urgent = image == 2 && number % EVERY_URGENT == 0 ? "urgent" : "routine";
    return FakeScreener.film(study, study + "." + image, outcome, urgent, padding);
  }

  List<String> reports() {
    return reports;
  }

  int screened() {
    return screened.size();
  }

  void awaitScreened(int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(screened).hasSizeGreaterThanOrEqualTo(count));
  }

  /** As an undisturbed run would have it: nothing missing, nothing twice, nothing torn apart. */
  void awaitAllOnce(int studies) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(reports).hasSizeGreaterThanOrEqualTo(studies));
    awaitScreened(2 * studies);
    awaitWhatMustNotCome();
    assertThat(reports)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, studies).mapToObj(number -> report(number) + " r1").toList());
    assertRestOnce(studies);
  }

  /**
   * The same where the films of a study may have come so far apart that it was reported in between:
   * one current report each, of all films, and no revision twice.
   */
  void awaitAllCurrent(int studies) {
    await().atMost(PATIENCE).untilAsserted(() -> assertAllCurrent(studies));
    awaitScreened(2 * studies);
    awaitWhatMustNotCome();
    assertAllCurrent(studies);
    assertThat(reports.stream().map(StudyFlow::studyAndRevision)).doesNotHaveDuplicates();
    assertRestOnce(studies);
  }

  private void assertAllCurrent(int studies) {
    assertThat(current())
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, studies).mapToObj(StudyFlow::report).toList());
  }

  /** What comes twice comes after the first time: when nothing is missing it may be on its way. */
  private static void awaitWhatMustNotCome() {
    await().pollDelay(A_SECOND_REPORT).until(() -> true);
  }

  private void assertRestOnce(int studies) {
    assertThat(rejected)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, studies)
                .filter(StudyFlow::bad)
                .mapToObj(number -> new String(film(number, 2), UTF_8).strip())
                .toList());
    assertThat(screened).doesNotHaveDuplicates().hasSize(2 * studies);
  }

  private List<String> current() {
    Map<String, String> last = new HashMap<>();
    reports.forEach(
        report ->
            last.put(
                report.substring(0, report.indexOf(' ')),
                report.substring(0, report.lastIndexOf(' '))));
    return List.copyOf(last.values());
  }

  private static String studyAndRevision(String report) {
    return report.substring(0, report.indexOf(' ')) + report.substring(report.lastIndexOf(' '));
  }

  static String study(int number) {
    return "1.2." + number;
  }

  private static boolean bad(int number) {
    return number % EVERY_BAD == 0;
  }

  private static String report(int number) {
    String study = study(number);
    String second = bad(number) ? "left out" : "pneumonia";
    return study + " " + study + ".1=pneumonia " + study + ".2=" + second;
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    watch.close();
  }
}
