package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.magsd.ingest.net.ByteBudget;

@Timeout(180)
class StowReceiverTest {
  private static final String TYPE =
      "multipart/related; type=\"application/dicom\"; boundary=\"b0undary\"";
  private static final int LARGEST = 100_000;
  private static final int BUDGET = 10 << 20;

  private final CollectingSink sink = new CollectingSink();
  private final ByteBudget budget = new ByteBudget(BUDGET);
  private StowReceiver open;
  private final HttpClient client = HttpClient.newHttpClient();

  /** Its acknowledgement, which the tests give. */
  private final CompletableFuture<Void> broker = new CompletableFuture<>();

  private Javalin server;

  @BeforeEach
  void start() {
    open = receiver(sink, Optional.empty(), 60);
    StowReceiver guarded = receiver(sink, Optional.of("secret"), 60);
    StowReceiver hasty = receiver(sink, Optional.empty(), 1);
    StowReceiver slow = receiver(instance -> broker, Optional.empty(), 60);
    server =
        Javalin.create(
                config -> {
                  config.startup.showJavalinBanner = false;
                  open.register(config.routes);
                  config.routes.post("/guarded", guarded);
                  config.routes.post("/hasty", hasty);
                  config.routes.post("/slow", slow);
                })
            .start("127.0.0.1", 0);
  }

  private StowReceiver receiver(InstanceSink to, Optional<String> token, int requestSeconds) {
    StowConfig config = new StowConfig(token, LARGEST, 10, 2, requestSeconds, 2, Optional.empty());
    return new StowReceiver(config, budget, to, ReceiveListener.none());
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void storesEveryPartAndNamesIt() throws Exception {
    HttpResponse<String> response = post("/studies", TYPE, file("1.2.1"), file("1.2.2"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("application/dicom+json"));
    JsonNode stored = json(response).path("00081199").path("Value");
    assertThat(stored).hasSize(2);
    assertThat(stored.path(1).path("00081155").path("Value").path(0).asText()).isEqualTo("1.2.2");
    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactly("1.2.1", "1.2.2");
    assertThat(sink.received().get(0).part10()).isEqualTo(file("1.2.1"));
  }

  @Test
  void takesOnlyTheStudyOfThePath() throws Exception {
    HttpResponse<String> response = post("/studies/1.2.3", TYPE, file("1.2.1"));

    assertThat(response.statusCode()).isEqualTo(409);
    JsonNode failed = json(response).path("00081198").path("Value").path(0);
    assertThat(failed.path("00081155").path("Value").path(0).asText()).isEqualTo("1.2.1");
    assertThat(failed.path("00081197").path("Value").path(0).asInt()).isEqualTo(0xa900);
    assertThat(sink.received()).isEmpty();
  }

  @Test
  void storesTheGoodPartsBesideADamagedOne() throws Exception {
    HttpResponse<String> response =
        post("/studies", TYPE, file("1.2.1"), new byte[] {1, 2, 3}, file("1.2.2"));

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).path("00081199").path("Value")).hasSize(2);
    assertThat(json(response).path("0008119A").path("Value")).hasSize(1);
  }

  @Test
  void refusesAPartThatWasCutShortByItsNameAndStoresTheOthers() throws Exception {
    byte[] film = SampleFiles.film("1.2.1", 64);

    HttpResponse<String> response =
        post("/studies", TYPE, Arrays.copyOf(film, film.length - 2_000), file("1.2.2"));

    assertThat(response.statusCode()).isEqualTo(202);
    JsonNode failed = json(response).at("/00081198/Value/0");
    assertThat(failed.at("/00081155/Value/0").asText()).isEqualTo("1.2.1");
    assertThat(failed.at("/00081197/Value/0").asInt()).isEqualTo(0xc000);
    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactly("1.2.2");
    assertThat(allIsFree()).isTrue();
  }

  @Test
  void takesAPlainFilmThatMentionsTheDeflatedSyntax() throws Exception {
    HttpResponse<String> response =
        post("/studies", TYPE, SampleFiles.filmMentioningDeflated("1.2.1"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(sink.received()).hasSize(1);
  }

  @Test
  void answers503WithAPauseWhileTheBrokerIsAway() throws Exception {
    sink.setAway(true);

    HttpResponse<String> response = post("/studies", TYPE, file("1.2.1"));

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    assertThat(json(response).at("/00081198/Value/0/00081197/Value/0").asInt()).isEqualTo(0xa700);
  }

  @Test
  void refusesAnInstanceAboveTheLimit() throws Exception {
    HttpResponse<String> response =
        post("/studies", TYPE, SampleFiles.file(SampleFiles.STUDY, "1.2.1", LARGEST));

    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(sink.received()).isEmpty();
  }

  @Test
  void refusesOtherMediaTypes() throws Exception {
    assertThat(post("/studies", "application/json", file("1.2.1")).statusCode()).isEqualTo(415);
    assertThat(
            post(
                    "/studies",
                    "multipart/related; type=\"application/dicom+xml\"; boundary=b0undary",
                    file("1.2.1"))
                .statusCode())
        .isEqualTo(415);
  }

  @Test
  void refusesABodyWithoutBoundaryOrParts() throws Exception {
    assertThat(post("/studies", "multipart/related; type=\"application/dicom\"").statusCode())
        .isEqualTo(400);
    assertThat(post("/studies", TYPE).statusCode()).isEqualTo(400);
    assertThat(send("/studies", TYPE, "--b0undary\r\n\r\nabc".getBytes(ISO_8859_1)).statusCode())
        .isEqualTo(400);
  }

  @Test
  void asksForItsBearerToken() throws Exception {
    HttpResponse<String> without = post("/guarded", TYPE, file("1.2.1"));
    HttpResponse<String> with =
        client.send(
            request("/guarded", TYPE, body(List.of(file("1.2.1"))))
                .header("Authorization", "Bearer secret")
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(without.statusCode()).isEqualTo(401);
    assertThat(without.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    assertThat(with.statusCode()).isEqualTo(200);
  }

  @Test
  void waitsForMemoryAndAnswers503WhereThereIsNone() throws Exception {
    ByteBudget.Claim other = budget.open();
    other.grow(BUDGET + 1, Duration.ZERO);
    HttpResponse<String> without = post("/studies", TYPE, file("1.2.1"));
    CompletableFuture<HttpResponse<String>> waiting =
        client.sendAsync(
            request("/studies", TYPE, body(List.of(file("1.2.2")))).build(),
            HttpResponse.BodyHandlers.ofString());
    other.close();

    assertThat(without.statusCode()).isEqualTo(503);
    assertThat(without.headers().firstValue("Retry-After")).isPresent();
    assertThat(waiting.get().statusCode()).isEqualTo(200);
    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactly("1.2.2");
  }

  @Test
  void holdsTheMemoryOfAnInstanceUntilItIsAcknowledged() throws Exception {
    assertThat(post("/slow", TYPE, file("1.2.1")).statusCode()).isEqualTo(503);
    assertThat(allIsFree()).isFalse();
    broker.complete(null);
    assertThat(allIsFree()).isTrue();

    assertThat(post("/studies", TYPE, file("1.2.2"), new byte[5]).statusCode()).isEqualTo(202);
    assertThat(allIsFree()).isTrue();
  }

  /** Whoever takes all there should be owes if something was held, and then others get nothing. */
  private boolean allIsFree() throws InterruptedException {
    try (ByteBudget.Claim all = budget.open();
        ByteBudget.Claim more = budget.open()) {
      all.grow(BUDGET, Duration.ZERO);
      return more.grow(1, Duration.ZERO);
    }
  }

  @Test
  void cutsOffABodyThatTakesTooLongAndNamesWhatItHasStored() throws Exception {
    byte[] body = body(List.of(file("1.2.1"), file("1.2.2")));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      begin(socket, "/hasty", body, body.length - 500);
      waitFor(() -> sink.received().size() == 1);
      Thread.sleep(1_000);
      socket.getOutputStream().write(body, body.length - 500, 500);

      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(answer).startsWith("HTTP/1.1 408").contains("\"1.2.1\"");
    }
    assertThat(sink.received()).hasSize(1);
  }

  @Test
  void finishesARequestThatHasBegunWhenItCloses() throws Exception {
    byte[] body = body(List.of(file("1.2.1"), file("1.2.2")));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      begin(socket, "/studies", body, body.length - 500);
      waitFor(() -> sink.received().size() == 1);

      CompletableFuture<Void> closed = CompletableFuture.runAsync(open::close);
      waitFor(() -> post("/studies", TYPE, file("1.2.3")).statusCode() == 503);
      assertThat(closed).isNotDone();
      socket.getOutputStream().write(body, body.length - 500, 500);

      closed.get();
      assertThat(sink.received()).hasSize(2);
      byte[] answer = new byte[12];
      socket.getInputStream().readNBytes(answer, 0, answer.length);
      assertThat(new String(answer, ISO_8859_1)).isEqualTo("HTTP/1.1 200");
    }
  }

  private static void begin(Socket socket, String path, byte[] body, int length)
      throws IOException {
    String head =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
            .formatted(path, TYPE, body.length);
    socket.getOutputStream().write(head.getBytes(ISO_8859_1));
    socket.getOutputStream().write(body, 0, length);
  }

  private static void waitFor(Callable<Boolean> condition) {
    await().atMost(Duration.ofSeconds(60)).until(condition);
  }

  private static byte[] file(String instance) {
    return SampleFiles.file(SampleFiles.STUDY, instance, 1_000);
  }

  private HttpResponse<String> post(String path, String type, byte[]... parts)
      throws IOException, InterruptedException {
    return send(path, type, body(List.of(parts)));
  }

  private HttpResponse<String> send(String path, String type, byte[] body)
      throws IOException, InterruptedException {
    return client.send(request(path, type, body).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path, String type, byte[] body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .header("Content-Type", type)
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  private static byte[] body(List<byte[]> parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes("--b0undary\r\nContent-Type: application/dicom\r\n\r\n".getBytes(ISO_8859_1));
      out.writeBytes(part);
      out.writeBytes("\r\n".getBytes(ISO_8859_1));
    }
    out.writeBytes("--b0undary--\r\n".getBytes(ISO_8859_1));
    return out.toByteArray();
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return new ObjectMapper().readTree(response.body());
  }
}
