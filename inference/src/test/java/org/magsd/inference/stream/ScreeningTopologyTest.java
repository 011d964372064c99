package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.magsd.inference.stream.FakeScreener.film;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.fhir.report.ImageFinding;
import org.magsd.fhir.report.StudyFindings;

class ScreeningTopologyTest {
  private static final Instant START = Instant.parse("2026-01-01T08:00:00Z");
  private static final Duration QUIET = Duration.ofSeconds(10);
  private static final Duration A_MOMENT = Duration.ofMillis(50);

  @TempDir Path state;
  private final FakeScreener screener = new FakeScreener();
  private TopologyTestDriver driver;
  private TestInputTopic<String, byte[]> instances;
  private TestOutputTopic<String, String> reports;
  private TestOutputTopic<String, byte[]> rejected;
  private TestOutputTopic<String, ScreeningRecord> screenings;

  @BeforeEach
  void open() {
    open(START);
  }

  private void open(Instant now) {
    AssemblyRules rules =
        new AssemblyRules(
            QUIET,
            Map.of("CR", Duration.ofSeconds(30)),
            Duration.ofSeconds(2),
            Duration.ofSeconds(60),
            Duration.ofDays(1),
            Optional.empty());
    ScreeningTopology topology =
        new ScreeningTopology(
            screener, rules, ScreeningTopologyTest::text, 1 << 20, 8, ScreeningListener.NONE);
    driver =
        TestDriver.of(
            topology,
            state,
            now,
            Map.of(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2));
    instances = TestDriver.instances(driver);
    reports = TestDriver.output(driver, Topics.REPORTS);
    rejected = TestDriver.output(driver, Topics.REJECTED);
    screenings = TestDriver.output(driver, Topics.SCREENINGS);
  }

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void reportsAStudyOnceItHasBeenQuiet() {
    send("1.1", "1.1.1", "assessed");
    send("1.1", "1.1.2", "skipped");
    pass(QUIET.minus(A_MOMENT));
    assertThat(reports.readValuesToList()).isEmpty();

    pass(A_MOMENT);

    assertThat(reports.readKeyValuesToList())
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.key).isEqualTo("1.1");
              assertThat(report.value)
                  .isEqualTo("1.1 revision 1: 1.1.1=pneumonia, 1.1.2=SKIPPED a lateral view");
            });
  }

  @Test
  void aLaterImageMakesTheNextRevision() {
    send("1.1", "1.1.2", "assessed");
    pass(QUIET);
    send("1.1", "1.1.1", "assessed");
    pass(QUIET);

    assertThat(reports.readValuesToList())
        .containsExactly(
            "1.1 revision 1: 1.1.2=pneumonia", "1.1 revision 2: 1.1.1=pneumonia, 1.1.2=pneumonia");
  }

  @Test
  void duplicatesChangeNothing() {
    send("1.1", "1.1.1", "assessed");
    pass(Duration.ofSeconds(9));
    send("1.1", "1.1.1", "assessed");
    pass(Duration.ofSeconds(1));
    send("1.1", "1.1.1", "assessed");
    pass(Duration.ofMinutes(5));

    assertThat(reports.readValuesToList()).containsExactly("1.1 revision 1: 1.1.1=pneumonia");
    assertThat(screenings.readValuesToList()).hasSize(1);
  }

  @Test
  void aFailedImageThatSucceedsWhenSentAgainIsReported() {
    screener.fail(true);
    send("1.1", "1.1.1", "assessed");
    send("1.1", "1.1.1", "assessed");
    pass(QUIET);
    screener.fail(false);
    send("1.1", "1.1.1", "assessed");
    send("1.1", "1.1.1", "assessed");
    pass(QUIET);

    assertThat(reports.readValuesToList())
        .containsExactly(
            "1.1 revision 1: 1.1.1=FAILED pixel data ends early",
            "1.1 revision 2: 1.1.1=pneumonia");
    assertThat(rejected.readValuesToList()).hasSize(1);
  }

  @Test
  void anAssessedImageStaysThoughTheSameFileFailsLater() {
    send("1.1", "1.1.1", "assessed");
    screener.fail(true);
    send("1.1", "1.1.1", "assessed");
    pass(QUIET);

    assertThat(reports.readValuesToList()).containsExactly("1.1 revision 1: 1.1.1=pneumonia");
    assertThat(rejected.isEmpty()).isTrue();
  }

  @Test
  void aCorrectedImageReplacesTheEarlierOne() {
    send("1.1", "1.1.1", "skipped");
    pass(QUIET);
    send("1.1", "1.1.1", "assessed");
    pass(QUIET);

    assertThat(reports.readValuesToList())
        .containsExactly(
            "1.1 revision 1: 1.1.1=SKIPPED a lateral view", "1.1 revision 2: 1.1.1=pneumonia");
  }

  @Test
  void reportsAtTheMaximumWaitThoughImagesKeepComing() {
    for (int image = 1; image <= 7; image++) {
      send("1.1", "1.1." + image, "assessed");
      pass(Duration.ofSeconds(9));
    }

    assertThat(reports.readValuesToList()).singleElement().asString().contains("revision 1");
  }

  @Test
  void reportsAtOnceWhenTheSenderSaysTheStudyIsComplete() {
    send("1.1", "1.1.1", "assessed", "of=2");
    pass(A_MOMENT);
    assertThat(reports.readValuesToList()).isEmpty();
    send("1.1", "1.1.2", "assessed", "of=2");

    pass(A_MOMENT);

    assertThat(reports.readValuesToList()).hasSize(1);
  }

  @Test
  void waitsLongerForAModalityWithItsOwnQuietPeriod() {
    send("1.1", "1.1.1", "assessed", "modality=CR");
    pass(QUIET.multipliedBy(2));
    assertThat(reports.readValuesToList()).isEmpty();

    pass(QUIET);

    assertThat(reports.readValuesToList()).hasSize(1);
  }

  @Test
  void theLongestQuietPeriodOfAStudysModalitiesCounts() {
    send("1.1", "1.1.1", "assessed", "modality=CR");
    send("1.1", "1.1.2", "assessed", "modality=DX");
    pass(QUIET.multipliedBy(2));
    assertThat(reports.readValuesToList()).isEmpty();

    pass(QUIET);

    assertThat(reports.readValuesToList()).hasSize(1);
  }

  @Test
  void reportsAnUrgentStudySooner() {
    send("1.1", "1.1.1", "assessed");
    send("1.2", "1.2.1", "assessed", "urgent");
    pass(Duration.ofSeconds(3));

    assertThat(reports.readKeyValuesToList())
        .extracting(report -> report.key)
        .containsExactly("1.2");
    assertThat(screenings.readValuesToList())
        .extracting(ScreeningRecord::priority)
        .containsExactly("routine", "urgent");
  }

  @Test
  void passesTheTraceOfAnInstanceOnToWhatBecomesOfIt() {
    instances.pipeInput(new TestRecord<>("1.1", film("1.1", "1.1.1", "assessed"), trace("a")));
    instances.pipeInput(new TestRecord<>("1.1", film("1.1", "1.1.2", "failed"), trace("b")));

    assertThat(screenings.readRecordsToList())
        .extracting(record -> text(record.headers()).get("traceparent"))
        .containsExactly("00-a", "00-b");
    assertThat(text(rejected.readRecord().headers())).containsEntry("traceparent", "00-b");
  }

  private static Headers trace(String name) {
    return new RecordHeaders().add("traceparent", ("00-" + name).getBytes(UTF_8));
  }

  @Test
  void reportsUrgentStudiesFirstWhenSeveralAreDue() {
    for (int study = 1; study <= 5; study++) {
      send("1." + study, "1." + study + ".1", "assessed");
    }
    pass(QUIET.minus(Duration.ofSeconds(2)));
    send("1.9", "1.9.1", "assessed", "urgent");
    pass(Duration.ofSeconds(2));

    assertThat(reports.readKeyValuesToList())
        .extracting(report -> report.key)
        .containsExactly("1.9", "1.1", "1.2", "1.3", "1.4", "1.5");
  }

  @Test
  void aStudyStaysUrgentWhateverItsLaterImagesSay() {
    send("1.1", "1.1.1", "assessed", "urgent");
    send("1.1", "1.1.2", "assessed");
    pass(Duration.ofSeconds(3));

    assertThat(reports.readValuesToList()).hasSize(1);
  }

  @Test
  void whatTheShadowModelSaysIsToldApartAndReachesNoReport() {
    TestOutputTopic<String, ScreeningRecord> shadows =
        TestDriver.output(driver, Topics.SHADOW_SCREENINGS);
    send("1.1", "1.1.1", "assessed", "shadow=normal");
    send("1.1", "1.1.2", "assessed");
    pass(QUIET);

    assertThat(shadows.readValuesToList())
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.sopInstanceUid()).contains("1.1.1");
              assertThat(record.label()).contains("normal");
              assertThat(record.probabilities()).containsEntry("normal", 0.75);
            });
    assertThat(screenings.readValuesToList())
        .extracting(record -> record.label().orElseThrow())
        .containsExactly("pneumonia", "pneumonia");
    assertThat(reports.readValuesToList())
        .containsExactly("1.1 revision 1: 1.1.1=pneumonia, 1.1.2=pneumonia");
  }

  @Test
  void rejectsAFailedInstanceWithItsBytesAndTheReason() {
    byte[] bytes = film("1.1", "1.1.1", "failed");
    Headers headers = new RecordHeaders().add("calling-ae", "CT1".getBytes(UTF_8));
    instances.pipeInput(new TestRecord<>("1.1", bytes, headers));

    TestRecord<String, byte[]> record = rejected.readRecord();
    assertThat(record.value()).isEqualTo(bytes);
    assertThat(record.key()).isEqualTo("1.1");
    assertThat(text(record.headers()))
        .containsEntry("reason", "pixel data ends early")
        .containsEntry("exception", "org.magsd.ingest.dicom.DicomException")
        .containsEntry("original-topic", "dicom.instances")
        .containsEntry("original-partition", "0")
        .containsEntry("original-offset", "0")
        .containsEntry("attempts", "1")
        .containsEntry("calling-ae", "CT1");
    assertThat(rejected.isEmpty()).isTrue();
  }

  @Test
  void aFailedInstanceIsNamedInItsStudysReport() {
    send("1.1", "1.1.1", "assessed");
    send("1.1", "1.1.2", "failed");
    pass(QUIET);

    assertThat(reports.readValuesToList())
        .containsExactly("1.1 revision 1: 1.1.1=pneumonia, 1.1.2=FAILED pixel data ends early");
  }

  @Test
  void rejectsWhatCannotBeReadAtAllAndGoesOn() {
    instances.pipeInput("1.1", "garbage".getBytes(UTF_8));
    instances.pipeInput("1.1", null);
    instances.pipeInput(null, film("1.1", "1.1.1", "unreadable"));
    send("1.1", "1.1.2", "assessed");
    pass(QUIET);

    assertThat(rejected.readValuesToList()).hasSize(3);
    assertThat(reports.readValuesToList()).containsExactly("1.1 revision 1: 1.1.2=pneumonia");
  }

  @Test
  void aReplayedInstanceThatFailsAgainIsRejectedAgain() {
    byte[] bytes = film("1.1", "1.1.1", "failed");
    Headers second = new RecordHeaders().add("attempts", "1".getBytes(UTF_8));
    instances.pipeInput("1.1", bytes);
    instances.pipeInput("1.1", bytes);
    instances.pipeInput(new TestRecord<>("1.1", bytes, second));

    List<TestRecord<String, byte[]>> all = rejected.readRecordsToList();
    assertThat(all)
        .extracting(record -> text(record.headers()).get("attempts"))
        .containsExactly("1", "2");
  }

  @Test
  void returnsAWronglyKeyedInstanceUnderItsStudy() {
    instances.pipeInput("9.9", film("1.1", "1.1.1", "assessed"));
    pass(QUIET);

    assertThat(reports.readKeyValuesToList())
        .singleElement()
        .satisfies(report -> assertThat(report.key).isEqualTo("1.1"));
    assertThat(screenings.readValuesToList()).hasSize(1);
  }

  @Test
  void aBacklogDoesNotTearAStudyApart() {
    // Given records an hour old, ten seconds apart in the log but for one pair
    Instant then = START.minus(Duration.ofHours(1));
    instances.pipeInput("1.1", film("1.1", "1.1.1", "assessed"), then);
    driver.advanceWallClockTime(Duration.ofMillis(500));
    instances.pipeInput("1.1", film("1.1", "1.1.2", "assessed"), then.plusSeconds(5));
    instances.pipeInput("1.2", film("1.2", "1.2.1", "assessed"), then.plusSeconds(15));
    pass(A_MOMENT);

    assertThat(reports.readValuesToList())
        .containsExactly("1.1 revision 1: 1.1.1=pneumonia, 1.1.2=pneumonia");
  }

  @Test
  void aLateFilmMakesARevisionOfTheWholeStudyAlsoAfterTheRetention() {
    send("1.1", "1.1.1", "assessed");
    pass(Duration.ofHours(25));
    pass(A_MOMENT);
    send("1.1", "1.1.2", "assessed");
    pass(QUIET);

    assertThat(reports.readValuesToList())
        .containsExactly(
            "1.1 revision 1: 1.1.1=pneumonia",
            "1.1 revision 2: 1.1.1=pneumonia without a heat map, 1.1.2=pneumonia");
  }

  @ParameterizedTest
  @ValueSource(strings = {"patient=A", "patient=B", "urgent"})
  void keepsToThePatientAlsoAfterTheRetention(String lateFilmsPatient) {
    send("1.1", "1.1.1", "assessed", "patient=A");
    pass(Duration.ofHours(25));
    pass(A_MOMENT);
    send("1.1", "1.1.2", "assessed", lateFilmsPatient);
    pass(QUIET);

    String named = (lateFilmsPatient.equals("patient=A") ? " (Doe)" : "") + " (forgotten)";
    assertThat(reports.readValuesToList())
        .containsExactly(
            "1.1 of A (Doe) revision 1: 1.1.1=pneumonia",
            "1.1 of A%s revision 2: ".formatted(named)
                + "1.1.1=pneumonia without a heat map, 1.1.2=pneumonia");
  }

  @Test
  void remembersAStudyHoweverOftenItsRetentionEnds() {
    for (int image = 1; image <= 3; image++) {
      send("1.1", "1.1." + image, "assessed");
      pass(Duration.ofHours(25));
      pass(A_MOMENT);
    }

    assertThat(reports.readValuesToList())
        .last()
        .isEqualTo(
            "1.1 revision 3: 1.1.1=pneumonia without a heat map,"
                + " 1.1.2=pneumonia without a heat map, 1.1.3=pneumonia");
  }

  @Test
  void aFilmSentAgainAfterTheRetentionChangesNothing() {
    send("1.1", "1.1.1", "assessed");
    pass(Duration.ofHours(25));
    pass(A_MOMENT);
    send("1.1", "1.1.1", "assessed");
    pass(QUIET);

    assertThat(reports.readValuesToList()).hasSize(1);
  }

  @Test
  void attributesEachImageToItsModelAndKeepsTheReportsOwn() {
    send("1.1", "1.1.1", "assessed");
    pass(QUIET);
    screener.use(FakeScreener.NEXT_MODEL);
    send("1.1", "1.1.2", "assessed");
    pass(QUIET);

    assertThat(reports.readValuesToList())
        .containsExactly(
            "1.1 revision 1: 1.1.1=pneumonia",
            "1.1 revision 2: 1.1.1=pneumonia, 1.1.2=pneumonia by test 2");
  }

  @Test
  void keepsTheIdsOfAReportThoughItsFirstAssessedImageComesAfterAnExchange() {
    send("1.1", "1.1.1", "skipped");
    pass(QUIET);
    screener.use(FakeScreener.NEXT_MODEL);
    send("1.1", "1.1.2", "assessed");
    pass(QUIET);

    assertThat(reports.readValuesToList())
        .last()
        .isEqualTo("1.1 revision 2: 1.1.1=SKIPPED a lateral view, 1.1.2=pneumonia by test 2");
  }

  private void send(String study, String instance, String... rest) {
    instances.pipeInput(study, film(study, instance, rest), now);
  }

  private Instant now = START;

  private void pass(Duration time) {
    driver.advanceWallClockTime(time);
    now = now.plus(time);
  }

  private static Map<String, String> text(Headers headers) {
    return java.util.stream.StreamSupport.stream(headers.spliterator(), false)
        .collect(Collectors.toMap(h -> h.key(), h -> new String(h.value(), UTF_8)));
  }

  private static String text(StudyFindings findings) {
    return findings.study().studyInstanceUid()
        + findings.patient().id().map(id -> " of " + id).orElse("")
        + findings.patient().name().map(name -> " (Doe)").orElse("")
        + (findings.patient().forgotten() ? " (forgotten)" : "")
        + " revision "
        + findings.revision()
        + ": "
        + findings.images().stream()
            .map(image -> text(image) + by(findings, image))
            .collect(Collectors.joining(", "));
  }

  private static String by(StudyFindings findings, ImageFinding finding) {
    return finding instanceof ImageFinding.Assessed assessed
            && !assessed.model().equals(findings.model())
        ? " by " + assessed.model().name() + " " + assessed.model().version()
        : "";
  }

  private static String text(ImageFinding finding) {
    if (finding instanceof ImageFinding.Assessed assessed) {
      return assessed.sopInstanceUid()
          + "="
          + WorkerProcess.label(assessed)
          + (assessed.heatMap().isEmpty() ? " without a heat map" : "");
    }
    ImageFinding.NotAssessed not = (ImageFinding.NotAssessed) finding;
    return not.sopInstanceUid() + "=" + not.kind() + " " + not.reason();
  }
}
