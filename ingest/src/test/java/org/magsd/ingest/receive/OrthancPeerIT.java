package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.kafka.TestBroker;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;

/** An archive that pushes a study by its REST API and asks for storage commitment. */
@Tag("peer")
@Timeout(180)
class OrthancPeerIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private final CollectingSink sink = new CollectingSink();
  private final HttpClient client = HttpClient.newHttpClient();
  private DimseReceiver receiver;
  private Process orthanc;
  private String api;

  @BeforeEach
  void start() throws Exception {
    int dicomPort = TestBroker.freePort();
    int httpPort = TestBroker.freePort();
    DimseConfig.Caller caller =
        new DimseConfig.Caller(
            "ORTHANC", List.of("127.0.0.1"), Optional.of("127.0.0.1:" + dicomPort));
    receiver =
        DimseReceiver.start(
            new DimseConfig(
                null,
                null,
                null,
                0,
                List.of(caller),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                Optional.empty()),
            new ByteBudget(ByteBudget.DEFAULT),
            sink,
            uids ->
                sink.received().stream()
                    .filter(instance -> uids.contains(instance.sopInstanceUid()))
                    .collect(
                        Collectors.toMap(
                            ReceivedInstance::sopInstanceUid,
                            ReceivedInstance::sopClassUid,
                            (one, same) -> one)),
            ReceiveListener.none());
    api = "http://127.0.0.1:" + httpPort;
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
            Map.of("magsd", List.of("MAGSD", "127.0.0.1", receiver.port())));
    Path file = Files.write(folder.resolve("orthanc.json"), JSON.writeValueAsBytes(configuration));
    orthanc =
        new ProcessBuilder("/usr/sbin/Orthanc", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("orthanc.log").toFile())
            .start();
    await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> get("/system") != null);
  }

  @AfterEach
  void stop() throws InterruptedException {
    receiver.close();
    orthanc.destroy();
    if (!orthanc.waitFor(10, java.util.concurrent.TimeUnit.SECONDS)) {
      orthanc.destroyForcibly().waitFor();
    }
  }

  @Test
  void pushesAStudyAndIsToldThatItIsKept() throws Exception {
    List<String> resources = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      resources.add(post("/instances", SampleFiles.film("1.2.3." + i, 32)).path("ID").asText());
    }

    JsonNode job =
        post(
            "/modalities/magsd/store",
            JSON.writeValueAsBytes(
                Map.of("Resources", resources, "Synchronous", true, "StorageCommitment", true)));

    assertThat(job.path("FailedInstancesCount").asInt(-1)).isZero();
    assertThat(sink.received()).hasSize(5);
    String transaction = job.path("StorageCommitmentTransactionUID").asText();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                "Success"
                    .equals(get("/storage-commitment/" + transaction).path("Status").asText()));
  }

  private JsonNode get(String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(api + path)).build();
    return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private JsonNode post(String path, byte[] body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(api + path))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }
}
