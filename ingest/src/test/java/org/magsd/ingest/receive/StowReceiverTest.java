package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StowReceiverTest {
  private static final String TYPE =
      "multipart/related; type=\"application/dicom\"; boundary=\"b0undary\"";
  private static final int LARGEST = 100_000;

  private final CollectingSink sink = new CollectingSink();
  private final HttpClient client = HttpClient.newHttpClient();
  private Javalin server;

  @BeforeEach
  void start() {
    StowReceiver open = receiver(Optional.empty());
    StowReceiver guarded = receiver(Optional.of("secret"));
    server =
        Javalin.create(
                config -> {
                  config.startup.showJavalinBanner = false;
                  open.register(config.routes);
                  config.routes.post("/guarded", guarded);
                })
            .start("127.0.0.1", 0);
  }

  private StowReceiver receiver(Optional<String> token) {
    StowConfig config = new StowConfig(token, LARGEST, 10, 2, 5, Optional.empty());
    return new StowReceiver(config, sink, ReceiveListener.none());
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
