package org.magsd.ingest.receive;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.magsd.ingest.kafka.TestBroker;

/** An archive of another maker, {@code ORTHANC}, that knows one receiver, by the name magsd. */
final class Orthanc {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final String api;

  private Orthanc(Process process, String api) {
    this.process = process;
    this.api = api;
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param dicomPort its own
   * @param receiverPort of the receiver, on loopback
   */
  static Orthanc start(Path folder, int dicomPort, int receiverPort) throws IOException {
    int httpPort = TestBroker.freePort();
    Map<String, Object> configuration =
        Map.of(
            "StorageDirectory",
            folder.resolve("storage").toString(),
            "IndexDirectory",
            folder.resolve("index").toString(),
            "DicomAet",
            "ORTHANC",
            "DicomPort",
            dicomPort,
            "HttpPort",
            httpPort,
            "AuthenticationEnabled",
            false,
            "KeepAlive", // Orthanc ends idle connections while the client reuses them
            false,
            "Plugins",
            List.of(),
            "DicomModalities",
            Map.of("magsd", List.of("MAGSD", "127.0.0.1", receiverPort)));
    Path file = Files.write(folder.resolve("orthanc.json"), JSON.writeValueAsBytes(configuration));
    Process process =
        new ProcessBuilder("/usr/sbin/Orthanc", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("orthanc.log").toFile())
            .start();
    Orthanc orthanc = new Orthanc(process, "http://127.0.0.1:" + httpPort);
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> orthanc.get("/system") != null);
    return orthanc;
  }

  /** Keeps a file; the resource it has become. */
  String keep(byte[] part10) throws Exception {
    return post("/instances", part10).path("ID").asText();
  }

  JsonNode get(String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(api + path)));
  }

  JsonNode post(String path, Object body) throws Exception {
    byte[] bytes = body instanceof byte[] plain ? plain : JSON.writeValueAsBytes(body);
    return send(
        HttpRequest.newBuilder(URI.create(api + path))
            .POST(HttpRequest.BodyPublishers.ofByteArray(bytes)));
  }

  private JsonNode send(HttpRequest.Builder request) throws Exception {
    return JSON.readTree(client.send(request.build(), HttpResponse.BodyHandlers.ofString()).body());
  }

  void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
