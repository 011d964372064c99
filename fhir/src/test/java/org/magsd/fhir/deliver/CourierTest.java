package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.fhir.deliver.FaultyServer.Fault;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;
import org.slf4j.LoggerFactory;

@Timeout(120)
class CourierTest {
  private static final ReportMapper MAPPER = new ReportMapper(ReportOptions.defaults());
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final ByteArraySerializer BYTES = new ByteArraySerializer();

  @ParameterizedTest
  @CsvSource({
    "1.2.3, 1.2.3",
    "0f8fad5b-d9cb-469f-a165-70867728950e, 0f8fad5b-d9cb-469f-a165-70867728950e",
    "Mueller-Anna, unknown",
    "DOE.JOHN, unknown",
    "'', unknown"
  })
  void logsARecordsKeyOnlyIfItIsAUid(String key, String logged) throws Exception {
    Courier courier = courier(null, RetryPolicy.defaults(), new DeliveryListener() {});

    List<String> lines =
        logged(() -> courier.deliver(record(key, "no report"), new CountDownLatch(0)));

    assertThat(lines)
        .singleElement()
        .asString()
        .contains("report of study " + logged + " is unreadable");
  }

  @Test
  void triesOnceMoreBeforeItGivesUpThoughTheServerAsksForLonger() throws Exception {
    try (FaultyServer web = FaultyServer.start()) {
      web.fail(Fault.status(503).with("Retry-After", "7200"));
      Heard heard = new Heard();
      Courier courier = courier(fhir(web.base(), new Authorization.None()), within(5_000), heard);

      long start = System.nanoTime();

      boolean ended = courier.deliver(report("1.2.3"), new CountDownLatch(1));

      assertThat(ended).isTrue();
      assertThat(heard.delivered).containsExactly("1.2.3");
      assertThat(Duration.ofNanos(web.transactions().get(1).nanos() - start))
          .isGreaterThan(Duration.ofMillis(4_900));
    }
  }

  @Test
  void whatTheServerAsksOneReportHoldsForTheOthersUntilItTakesOne() throws Exception {
    try (FaultyServer web = FaultyServer.start()) {
      web.fail(Fault.status(503).with("Retry-After", "7200"));
      Heard heard = new Heard();
      Courier courier = courier(fhir(web.base(), new Authorization.None()), within(6_000), heard);
      CountDownLatch stopped = new CountDownLatch(1);

      CompletableFuture<Void> first = inBackground(courier, "1.2.1", stopped);
      await().atMost(PATIENCE).until(() -> heard.retried.size() == 1);
      Thread.sleep(3_000); // the second report's own time is over that much later
      CompletableFuture<Void> second = inBackground(courier, "1.2.2", stopped);
      CompletableFuture.allOf(first, second).get(60, TimeUnit.SECONDS);

      assertThat(web.transactions())
          .extracting(posted -> posted.body().contains("1.2.1.1.1") ? "first" : "second")
          .containsExactly("first", "first", "second");
      assertThat(heard.delivered).containsExactly("1.2.1", "1.2.2");
      long wait = web.transactions().get(2).nanos() - web.transactions().get(1).nanos();
      assertThat(Duration.ofNanos(wait)).isLessThan(Duration.ofMillis(2_700));
    }
  }

  /** As where memory is short for a large one. */
  @Test
  void aReportThatCannotBeReadForAMomentIsTriedAgainAfterTheBackoff() throws Exception {
    try (FaultyServer web = FaultyServer.start()) {
      Heard heard = new Heard();
      Courier courier = courier(fhir(web.base(), new Authorization.None()), within(20_000), heard);

      boolean ended = courier.deliver(new Unwieldy(report("1.2.3"), 2), new CountDownLatch(1));

      assertThat(ended).isTrue();
      assertThat(heard.retried).containsExactly("1.2.3", "1.2.3");
      assertThat(heard.delivered).containsExactly("1.2.3");
    }
  }

  @Test
  void aReportForWhichThereIsNeverMemoryIsGivenUp() throws Exception {
    MockProducer<byte[], byte[]> producer = new MockProducer<>(true, null, BYTES, BYTES);
    Courier courier =
        new Courier(
            fhir(URI.create("http://127.0.0.1:1/fhir"), new Authorization.None()),
            new Undelivered(() -> producer, "undelivered", LargeReports.NONE, PATIENCE),
            within(20_000),
            new DeliveryListener() {},
            Clock.systemUTC());

    boolean ended = courier.deliver(new Unwieldy(report("1.2.3"), 6), new CountDownLatch(1));

    assertThat(ended).isTrue();
    assertThat(producer.history())
        .singleElement()
        .satisfies(
            record ->
                assertThat(record.headers().lastHeader("operation-outcome").value())
                    .asString()
                    .isEqualTo("java.lang.OutOfMemoryError"));
  }

  /** A report of which, once it is known to be there, the first attempts cannot make anything. */
  private static final class Unwieldy extends ConsumerRecord<byte[], byte[]> {
    private final int failures;
    private int asked;

    Unwieldy(ConsumerRecord<byte[], byte[]> report, int failures) {
      super(report.topic(), report.partition(), report.offset(), report.key(), report.value());
      this.failures = failures;
    }

    @Override
    public byte[] value() {
      asked++;
      if (asked > 1 && asked <= 1 + failures) {
        throw new OutOfMemoryError("for a large report");
      }
      return super.value();
    }
  }

  @Test
  void aReportThatWaitsForTheServerStopsAtOnce() throws Exception {
    try (FaultyServer web = FaultyServer.start()) {
      web.fail(Fault.status(503).with("Retry-After", "7200"));
      Heard heard = new Heard();
      Courier courier =
          courier(fhir(web.base(), new Authorization.None()), RetryPolicy.defaults(), heard);
      CountDownLatch stopped = new CountDownLatch(1);

      CompletableFuture<Void> first = inBackground(courier, "1.2.1", stopped);
      await().atMost(PATIENCE).until(() -> heard.retried.size() == 1);
      CompletableFuture<Void> second = inBackground(courier, "1.2.2", stopped);
      stopped.countDown();

      CompletableFuture.allOf(first, second).get(20, TimeUnit.SECONDS);
      assertThat(heard.delivered).isEmpty();
      assertThat(web.transactions()).hasSize(1);
    }
  }

  @Test
  void logsThatACertificateIsNotTrusted(@TempDir Path directory) throws Exception {
    HttpsServer web = HttpsServer.create(loopback(), 0);
    web.setHttpsConfigurator(new HttpsConfigurator(selfSigned(directory)));
    web.start();
    try {
      URI base = URI.create("https://127.0.0.1:" + web.getAddress().getPort() + "/fhir");
      assertThat(firstFailure(base, new Authorization.None()))
          .contains("not delivered (broken-answer: ", "PKIX path building failed");
    } finally {
      web.stop(0);
    }
  }

  @Test
  void logsWhatTheTokenEndpointAnswered() throws Exception {
    HttpServer web = HttpServer.create(loopback(), 0);
    web.createContext(
        "/token",
        exchange -> {
          byte[] body = "{\"error\":\"Doe^Jane\"}".getBytes(UTF_8);
          exchange.sendResponseHeaders(401, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    web.start();
    try {
      URI base = URI.create("http://127.0.0.1:" + web.getAddress().getPort() + "/fhir");
      assertThat(
              firstFailure(
                  base,
                  new Authorization.ClientSecret(base.resolve("/token"), "me", "secret", "all")))
          .contains("not delivered (no-token: the token endpoint answered 401)")
          .doesNotContain("Doe");
    } finally {
      web.stop(0);
    }
  }

  /** The JDK quotes it. */
  @Test
  void logsNothingOfAnAnswerThatIsNoHttp() throws Exception {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(loopback());
      CompletableFuture<Void> answers =
          CompletableFuture.runAsync(() -> answer(socket, "Doe^Jane 1961-07-09\r\n\r\n"));
      URI base = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/fhir");

      assertThat(firstFailure(base, new Authorization.None()))
          .contains("not delivered (broken-answer: java.")
          .doesNotContain("Doe", "1961");
      answers.get(20, TimeUnit.SECONDS);
    }
  }

  private static void answer(ServerSocket socket, String text) {
    try (Socket one = socket.accept()) {
      one.getInputStream().read(new byte[4096]);
      one.getOutputStream().write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The line of the log about the first attempt, after which it is stopped. */
  private static String firstFailure(URI base, Authorization authorization) throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    Courier courier =
        courier(
            fhir(base, authorization),
            RetryPolicy.defaults(),
            new DeliveryListener() {
              @Override
              public void retried(String studyInstanceUid, String reason) {
                stopped.countDown();
              }
            });
    return logged(() -> courier.deliver(report("1.2.3"), stopped)).get(0);
  }

  private interface Work {
    boolean run() throws Exception;
  }

  private static List<String> logged(Work work) throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger(Courier.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    try {
      work.run();
    } finally {
      log.detachAppender(lines);
    }
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static CompletableFuture<Void> inBackground(
      Courier courier, String study, CountDownLatch stopped) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            courier.deliver(report(study), stopped);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static Courier courier(FhirServer server, RetryPolicy policy, DeliveryListener listener) {
    return new Courier(server, null, policy, listener, Clock.systemUTC());
  }

  private static RetryPolicy within(long millis) {
    return new RetryPolicy(
        Duration.ofMillis(20), Duration.ofMillis(100), 6, Duration.ofMillis(millis));
  }

  private static FhirServer fhir(URI base, Authorization authorization) {
    Clock clock = Clock.systemUTC();
    Http http = new Http(PATIENCE, PATIENCE);
    return new FhirServer(base, http, new AccessTokens(authorization, http, clock), clock);
  }

  private static ConsumerRecord<byte[], byte[]> report(String study) {
    return record(study, MAPPER.toBundleJson(SampleFindings.ofStudy(study, 1)));
  }

  private static ConsumerRecord<byte[], byte[]> record(String key, String value) {
    return new ConsumerRecord<>("reports", 0, 7, key.getBytes(UTF_8), value.getBytes(UTF_8));
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static SSLContext selfSigned(Path directory) throws Exception {
    Path file = directory.resolve("key.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-keystore",
                file.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    KeyStore keys = KeyStore.getInstance(file.toFile(), "changeit".toCharArray());
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private static final class Heard implements DeliveryListener {
    final List<String> delivered = new CopyOnWriteArrayList<>();
    final List<String> retried = new CopyOnWriteArrayList<>();

    @Override
    public void delivered(String studyInstanceUid, int attempts, Duration latency) {
      delivered.add(studyInstanceUid);
    }

    @Override
    public void retried(String studyInstanceUid, String reason) {
      retried.add(studyInstanceUid);
    }
  }
}
