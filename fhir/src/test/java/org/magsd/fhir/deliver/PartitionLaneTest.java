package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;
import org.slf4j.LoggerFactory;

class PartitionLaneTest {
  private static final long OFFSET = 7;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

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
    PartitionLane lane = lane(null, new BrokenClock());
    Logger log = (Logger) LoggerFactory.getLogger(PartitionLane.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    try {
      lane.run();
    } finally {
      log.detachAppender(lines);
    }

    assertThat(lane.next()).isEqualTo(OFFSET);
    assertThat(lines.list).singleElement().matches(line -> line.getThrowableProxy() == null);
    assertThat(lines.list.get(0).getFormattedMessage())
        .startsWith("delivery stopped at offset 7: java.lang.IllegalStateException at ")
        .contains("Courier.deliver")
        .doesNotContain("Doe");
  }

  /** Another consumer may have posted a newer revision since. */
  @Test
  void postsNothingThatWasLookedForBeforeItsPartitionWasLost() throws Exception {
    AtomicReference<PartitionLane> lane = new AtomicReference<>();
    List<String> requests = new CopyOnWriteArrayList<>();
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/fhir",
        exchange -> {
          requests.add(exchange.getRequestMethod());
          lane.get().stop();
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    web.start();
    try {
      Clock clock = Clock.systemUTC();
      Http http = new Http(PATIENCE, PATIENCE);
      URI base = URI.create("http://127.0.0.1:" + web.getAddress().getPort() + "/fhir");
      AccessTokens tokens = new AccessTokens(new Authorization.None(), http, clock);
      lane.set(lane(new FhirServer(base, http, tokens, clock), clock));

      lane.get().run();
    } finally {
      web.stop(0);
    }

    assertThat(requests).containsExactly("GET");
    assertThat(lane.get().ended()).isTrue();
    assertThat(lane.get().next()).isEqualTo(OFFSET);
  }

  private static PartitionLane lane(FhirServer server, Clock clock) {
    String report =
        new ReportMapper(ReportOptions.defaults()).toBundleJson(SampleFindings.singleView());
    Courier courier =
        new Courier(server, null, RetryPolicy.defaults(), new DeliveryListener() {}, clock);
    return new PartitionLane(
        List.of(new ConsumerRecord<>("reports", 0, OFFSET, new byte[0], report.getBytes(UTF_8))),
        courier);
  }
}
