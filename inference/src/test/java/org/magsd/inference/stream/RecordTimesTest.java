package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.magsd.inference.stream.FakeScreener.film;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
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

/** Whatever a producer says of the time, what is made of its record bears a time of the log. */
class RecordTimesTest {
  private static final Instant START = Instant.parse("2026-01-01T08:00:00Z");
  private static final Duration QUIET = Duration.ofSeconds(10);

  @TempDir Path state;
  private TopologyTestDriver driver;
  private TestInputTopic<String, byte[]> instances;

  @BeforeEach
  void open() {
    ScreeningTopology topology =
        new ScreeningTopology(
            new FakeScreener(),
            AssemblyRules.quietFor(QUIET),
            findings -> findings.issued().toString(),
            1 << 20,
            8,
            ScreeningListener.NONE);
    driver = TestDriver.of(topology, state, START, Map.of());
    instances = TestDriver.instances(driver);
  }

  @AfterEach
  void close() {
    driver.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-02T08:00:00Z",
        "1969-12-31T23:59:59Z",
        "-1000000000-01-01T00:00:00Z",
        "+1000000000-12-31T23:59:59Z",
        "yesterday",
        ""
      })
  void aReceptionThatCannotBeTrueIsTakenForTheLogs(String receivedAt) {
    TestRecord<String, String> report = reportOf(receivedAt, START);

    assertThat(report.value()).isEqualTo(START.toString());
    assertThat(report.getRecordTime()).isEqualTo(START.plus(QUIET));
  }

  @Test
  void aReceptionLongAgoIsSaidInTheReportAndLeavesItsRecordYoung() {
    TestRecord<String, String> report = reportOf("2025-01-01T08:00:00Z", START);

    assertThat(report.value()).isEqualTo("2025-01-01T08:00:00Z");
    assertThat(report.getRecordTime()).isEqualTo(START.plus(QUIET));
  }

  @Test
  void aRecordOfTheFutureIsTakenForOneOfNow() {
    Instant before = Instant.now();
    instances.pipeInput("1.1", film("1.1", "1.1.1", "assessed"), before.plus(Duration.ofDays(1)));

    assertThat(output(Topics.SCREENINGS).readRecord().getRecordTime())
        .isBetween(before.minusSeconds(1), Instant.now());
  }

  @Test
  void aRejectedRecordIsAsYoungAsItsRejection() {
    instances.pipeInput("1.1", film("1.1", "1.1.1", "failed"), START.minus(Duration.ofDays(300)));

    assertThat(output(Topics.REJECTED).readRecord().getRecordTime()).isEqualTo(START);
  }

  private TestRecord<String, String> reportOf(String receivedAt, Instant appended) {
    Headers headers = new RecordHeaders().add("received-at", receivedAt.getBytes(UTF_8));
    instances.pipeInput(
        new TestRecord<>("1.1", film("1.1", "1.1.1", "assessed"), headers, appended));
    driver.advanceWallClockTime(QUIET);
    return output(Topics.REPORTS).readRecord();
  }

  private <V> TestOutputTopic<String, V> output(Topic<String, V> topic) {
    return driver.createOutputTopic(
        topic.name(), topic.keys().deserializer(), topic.values().deserializer());
  }
}
