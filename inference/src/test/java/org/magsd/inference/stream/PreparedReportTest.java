package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.magsd.inference.stream.FakeScreener.film;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.fhir.report.StudyFindings;

/** A report is made shortly before it is due, and says what is so when it is due. */
class PreparedReportTest {
  private static final Duration QUIET = Duration.ofSeconds(10);
  private static final Duration SHORTLY = Duration.ofMillis(15);
  private static final Instant START = Instant.parse("2026-01-01T08:00:00Z");

  @TempDir Path state;
  private final List<String> made = new ArrayList<>();
  private int failures;
  private TopologyTestDriver driver;
  private TestInputTopic<String, byte[]> instances;
  private TestOutputTopic<String, String> reports;

  @BeforeEach
  void open() {
    ScreeningTopology topology =
        new ScreeningTopology(
            new FakeScreener(),
            AssemblyRules.quietFor(QUIET),
            this::make,
            1 << 20,
            8,
            ScreeningListener.NONE);
    driver = TestDriver.of(topology, state, START, Map.of());
    instances = TestDriver.instances(driver);
    reports = TestDriver.output(driver, Topics.REPORTS);
  }

  private String make(StudyFindings findings) {
    if (failures > 0) {
      failures--;
      throw new IllegalStateException("not now");
    }
    made.add(WorkerProcess.line(findings));
    return made.get(made.size() - 1);
  }

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void isMadeBeforeItIsDueAndNotAgainThen() {
    send("1.1", "1.1.1", "assessed");
    driver.advanceWallClockTime(QUIET.minus(SHORTLY));
    assertThat(made).containsExactly("1.1 1.1.1=pneumonia r1");
    assertThat(reports.isEmpty()).isTrue();

    driver.advanceWallClockTime(SHORTLY);

    assertThat(reports.readValuesToList()).containsExactly("1.1 1.1.1=pneumonia r1");
    assertThat(made).hasSize(1);
  }

  @Test
  void isMadeAnewWhenAnImageIsCorrectedInBetween() {
    send("1.1", "1.1.1", "skipped");
    driver.advanceWallClockTime(QUIET.minus(SHORTLY));
    assertThat(made).containsExactly("1.1 1.1.1=left out r1");

    send("1.1", "1.1.1", "assessed");
    driver.advanceWallClockTime(QUIET);

    assertThat(reports.readValuesToList()).containsExactly("1.1 1.1.1=pneumonia r1");
  }

  @Test
  void ofAnotherStudyIsNotTakenForIt() {
    send("1.1", "1.1.1", "assessed");
    driver.advanceWallClockTime(Duration.ofMillis(5));
    send("1.2", "1.2.1", "assessed");
    driver.advanceWallClockTime(QUIET.minus(SHORTLY));
    assertThat(made).containsExactly("1.1 1.1.1=pneumonia r1");

    driver.advanceWallClockTime(SHORTLY);

    assertThat(reports.readValuesToList())
        .containsExactly("1.1 1.1.1=pneumonia r1", "1.2 1.2.1=pneumonia r1");
  }

  /** Streams commits when the look is over: it must not take longer than that one report does. */
  @Test
  void isMadeInALookAfterTheOneThatReportsAnotherStudy() {
    send("1.1", "1.1.1", "assessed");
    driver.advanceWallClockTime(SHORTLY);
    instances.pipeInput("1.2", film("1.2", "1.2.1", "assessed"), START.plus(SHORTLY));

    driver.advanceWallClockTime(QUIET.minus(SHORTLY));
    assertThat(reports.readValuesToList()).containsExactly("1.1 1.1.1=pneumonia r1");
    assertThat(made).containsExactly("1.1 1.1.1=pneumonia r1");

    driver.advanceWallClockTime(Duration.ofMillis(1));
    assertThat(made).containsExactly("1.1 1.1.1=pneumonia r1", "1.2 1.2.1=pneumonia r1");
    assertThat(reports.isEmpty()).isTrue();
  }

  @Test
  void isMadeWhenItIsDueIfItCouldNotBeBefore() {
    failures = 1;
    send("1.1", "1.1.1", "assessed");
    driver.advanceWallClockTime(QUIET.minus(SHORTLY));
    assertThat(failures).isZero();
    assertThat(made).isEmpty();

    driver.advanceWallClockTime(SHORTLY);

    assertThat(reports.readValuesToList()).containsExactly("1.1 1.1.1=pneumonia r1");
  }

  private void send(String study, String instance, String outcome) {
    instances.pipeInput(study, film(study, instance, outcome));
  }
}
