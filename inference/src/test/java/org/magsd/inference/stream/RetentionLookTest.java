package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.magsd.inference.stream.FakeScreener.film;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionLookTest {
  private static final TopicPartition PARTITION = new TopicPartition("dicom.instances", 0);
  private static final OptionalLong NOTHING_LEFT = OptionalLong.of(0);
  private static final Instant START = Instant.parse("2026-01-01T08:00:00Z");
  private static final Duration BEHIND = Duration.ofSeconds(15);
  private static final AssemblyRules RULES = AssemblyRules.quietFor(Duration.ofSeconds(10));

  @TempDir Path state;
  private final LogEnds ends = new LogEnds();
  private final NextLooks looks = new NextLooks();
  private Instant now = START;

  /** By the broker's clock the retention is over later: until then nobody looks. */
  @Test
  void aStudyIsLookedAtOnceItCanBeForgotten() {
    fallBehind();
    ScreeningTopology topology =
        new ScreeningTopology(
            new FakeScreener(), RULES, WorkerProcess::line, 1 << 20, 8, ScreeningListener.NONE);
    try (TopologyTestDriver driver =
        TestDriver.of(
            topology, state, START, Map.of(LogEnds.SETTING, ends, NextLooks.SETTING, looks))) {
      TestDriver.instances(driver).pipeInput("1.1", film("1.1", "1.1.1", "assessed"));
      advance(driver, START.plusSeconds(60));
      Instant over = START.plus(RULES.retention()).plusMillis(2);

      advance(driver, over);

      KeyValueStore<String, StudyProgress> forgotten =
          driver.getKeyValueStore(StudyAssembly.FORGOTTEN);
      assertThat(forgotten.get("1.1")).isNull();
      assertThat(looks.limit(Duration.ofDays(1), List.of(PARTITION), over.toEpochMilli()))
          .isBetween(BEHIND.minusSeconds(1), BEHIND.plusSeconds(1));

      advance(driver, over.plus(BEHIND));

      assertThat(forgotten.get("1.1")).isNotNull();
    }
  }

  /** Streams commits when the look is over: it must not take longer than a report does. */
  @Test
  void aStudyIsForgottenInALookAfterTheOneThatReportsAnother() {
    ScreeningTopology topology =
        new ScreeningTopology(
            new FakeScreener(), RULES, WorkerProcess::line, 1 << 20, 8, ScreeningListener.NONE);
    try (TopologyTestDriver driver = TestDriver.of(topology, state, START, Map.of())) {
      var instances = TestDriver.instances(driver);
      var reports = TestDriver.output(driver, Topics.REPORTS);
      instances.pipeInput("1.1", film("1.1", "1.1.1", "assessed"));
      advance(driver, START.plusSeconds(60));
      Instant over = START.plus(RULES.retention());
      advance(driver, over.minusSeconds(5));
      instances.pipeInput("1.2", film("1.2", "1.2.1", "assessed"), now);

      advance(driver, over.plusSeconds(6));
      KeyValueStore<String, StudyProgress> forgotten =
          driver.getKeyValueStore(StudyAssembly.FORGOTTEN);
      assertThat(reports.readKeyValuesToList())
          .extracting(report -> report.key)
          .containsExactly("1.1", "1.2");
      assertThat(forgotten.get("1.1")).isNull();

      driver.advanceWallClockTime(Duration.ofMillis(10));
      assertThat(forgotten.get("1.1")).isNotNull();
    }
  }

  /** As two records in turn tell. */
  private void fallBehind() {
    long before = START.minusSeconds(100).toEpochMilli();
    ends.asked(PARTITION, before, NOTHING_LEFT);
    for (long end : new long[] {before + 10_000, before + 20_000}) {
      ends.waited(PARTITION, end - 10, end + 1, NOTHING_LEFT);
      ends.returned(PARTITION, OptionalLong.of(end - BEHIND.toMillis()), 42, end + 2);
    }
  }

  private void advance(TopologyTestDriver driver, Instant to) {
    ends.waited(PARTITION, to.toEpochMilli(), to.toEpochMilli(), NOTHING_LEFT);
    driver.advanceWallClockTime(Duration.between(now, to));
    now = to;
  }
}
