package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;
import org.slf4j.LoggerFactory;

class PartitionLaneTest {
  /** The first thing a courier asks once it has read a report. */
  private static final class BrokenClock extends Clock {
    @Override
    public Instant instant() {
      throw new IllegalStateException("Doe^Jane");
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @Test
  void tellsTheLogWhereAnUnforeseenFailureCameUpButNotWhatItSays() {
    String report =
        new ReportMapper(ReportOptions.defaults()).toBundleJson(SampleFindings.singleView());
    Courier courier =
        new Courier(
            null, null, RetryPolicy.defaults(), new DeliveryListener() {}, new BrokenClock());
    PartitionLane lane =
        new PartitionLane(
            List.of(new ConsumerRecord<>("reports", 0, 7, new byte[0], report.getBytes(UTF_8))),
            courier);
    Logger log = (Logger) LoggerFactory.getLogger(PartitionLane.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    try {
      lane.run();
    } finally {
      log.detachAppender(lines);
    }

    assertThat(lane.next()).isEqualTo(7);
    assertThat(lines.list).singleElement().matches(line -> line.getThrowableProxy() == null);
    assertThat(lines.list.get(0).getFormattedMessage())
        .startsWith("delivery stopped at offset 7: java.lang.IllegalStateException at ")
        .contains("Courier.deliver")
        .doesNotContain("Doe");
  }
}
