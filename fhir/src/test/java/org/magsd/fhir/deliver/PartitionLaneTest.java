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
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;
import org.slf4j.LoggerFactory;

class PartitionLaneTest {
  private static final long OFFSET = 7;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The first thing a courier asks. */
  private static class BrokenClock extends Clock {
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
  void saysThatAnErrorEndedIt() {
    PartitionLane lane =
        lane(
            null,
            new BrokenClock() {
              @Override
              public Instant instant() {
                throw new OutOfMemoryError("for a moment");
              }
            });

    lane.run();

    assertThat(lane.brokenDown()).isTrue();
    assertThat(lane.ended()).isTrue();
    assertThat(lane.next()).isEqualTo(OFFSET);
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
    assertThat(lane.brokenDown()).isFalse();
    assertThat(lines.list).singleElement().matches(line -> line.getThrowableProxy() == null);
    assertThat(lines.list.get(0).getFormattedMessage())
        .startsWith("delivery stopped at offset 7: java.lang.IllegalStateException at ")
        .contains("Courier.deliver")
        .doesNotContain("Doe");
  }

  /** Another consumer may have posted a newer revision since. */
  @Test
  void postsNothingThatWasLookedForBeforeItsPartitionWasLost() throws Exception {
    assertThat(requestsOfALaneThatIsStopped(404, endpoint -> new Authorization.None()))
        .containsExactly("GET");
  }

  /** Neither for the post nor in the place of one that was refused. */
  @ParameterizedTest
  @ValueSource(ints = {404, 401})
  void fetchesNoTokenOnceItsPartitionIsLost(int answer) throws Exception {
    assertThat(
            requestsOfALaneThatIsStopped(
                answer,
                endpoint -> new Authorization.ClientSecret(endpoint, "magsd", "secret", "scope")))
        .containsExactly("token", "GET");
  }

  /**
   * @param answer to its first request, during which it is stopped
   */
  private static List<String> requestsOfALaneThatIsStopped(
      int answer, Function<URI, Authorization> authorization) throws Exception {
    AtomicReference<PartitionLane> lane = new AtomicReference<>();
    List<String> requests = new CopyOnWriteArrayList<>();
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/fhir",
        exchange -> {
          requests.add(exchange.getRequestMethod());
          lane.get().stop();
          exchange.sendResponseHeaders(answer, -1);
          exchange.close();
        });
    web.createContext(
        "/token",
        exchange -> {
          requests.add("token");
          byte[] used = "{\"access_token\":\"t\",\"expires_in\":0}".getBytes(UTF_8);
          exchange.sendResponseHeaders(200, used.length);
          exchange.getResponseBody().write(used);
          exchange.close();
        });
    web.start();
    try {
      Clock clock = Clock.systemUTC();
      Http http = new Http(PATIENCE, PATIENCE);
      URI base = URI.create("http://127.0.0.1:" + web.getAddress().getPort() + "/fhir");
      Authorization client = authorization.apply(base.resolve("/token"));
      AccessTokens tokens = new AccessTokens(client, http, clock);
      lane.set(lane(new FhirServer(base, http, tokens, clock), clock));

      lane.get().run();
    } finally {
      web.stop(0);
    }

    assertThat(lane.get().ended()).isTrue();
    assertThat(lane.get().next()).isEqualTo(OFFSET);
    return requests;
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
