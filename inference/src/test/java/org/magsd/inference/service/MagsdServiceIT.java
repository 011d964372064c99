package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.fhir.sandbox.SandboxServer;
import org.magsd.inference.FolderTree;
import org.magsd.inference.console.StudyNotes;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.model.TinyModels;
import org.magsd.inference.stream.Replay;
import org.magsd.inference.stream.Topics;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.DimseProvider;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;

/** The assembled service from a real association to a real FHIR endpoint. */
@Timeout(240)
class MagsdServiceIT {
  private static final Path SAMPLES = Path.of("..", "config", "samples");
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, String> reports = new ConcurrentHashMap<>();
  private final Map<String, String> rejections = new ConcurrentHashMap<>();
  private final List<String> probes = new CopyOnWriteArrayList<>();
  private Path model;
  private int fhirPort;
  private MagsdService service;
  private TopicWatch watch;

  @BeforeEach
  void start() throws Exception {
    model = folder.resolve("model");
    TinyModels.write(model, 1, 0, 0);
    try (ServerSocket free = new ServerSocket(0)) {
      fhirPort = free.getLocalPort();
    }
    int httpPort;
    try (ServerSocket free = new ServerSocket(0)) {
      httpPort = free.getLocalPort();
    }
    CompletableFuture<Void> probing =
        CompletableFuture.runAsync(() -> probeUntilReady("http://127.0.0.1:" + httpPort));
    ServiceConfig defaults = ServiceConfig.defaults();
    service =
        MagsdService.start(
            defaults
                .with(defaults.kafka().below(folder))
                .with(defaults.ingest().at(DimseConfig.onLoopback(0)))
                .with(defaults.inference().with(model, folder.resolve("state")))
                .with(AssemblySettings.quietFor(1))
                .with(DeliverySettings.to("http://127.0.0.1:" + fhirPort + "/fhir"))
                .with(new HttpSettings(null, httpPort)),
            Part.all());
    watch =
        TopicWatch.start(
            service.config().kafka().client(),
            List.of(Topics.REPORTS.name(), Topics.REJECTED.name()),
            Long.MAX_VALUE,
            record -> {
              if (record.topic().equals(Topics.REJECTED.name())) {
                rejections.put(
                    record.key() + " " + header(record.headers().lastHeader("attempts").value()),
                    StudyNotes.reason(record));
              } else {
                reports.put(record.key(), header(record.value()));
              }
            });
    assertThat(service.awaitReady(PATIENCE)).as(service.health().toString()).isTrue();
    probing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** What a load balancer sees from the beginning on. */
  private void probeUntilReady(String console) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              try {
                HttpResponse<String> answer =
                    http.send(
                        request(console + "/health/ready"), HttpResponse.BodyHandlers.ofString());
                probes.add(answer.statusCode() + " " + answer.body());
                return answer.statusCode() == 200;
              } catch (IOException notYet) {
                return false;
              }
            });
  }

  @Test
  void isReadyOnlyOnceItsModelIsWarm() {
    JsonPointer state = JsonPointer.compile("/components/model/detail");
    List<String> before = probes.subList(0, probes.size() - 1);

    assertThat(before).isNotEmpty().allMatch(probe -> probe.startsWith("503 "));
    assertThat(before).anyMatch(probe -> detail(probe, state).equals("starting"));
    assertThat(detail(probes.get(probes.size() - 1), state))
        .contains("model@1")
        .contains(" on cpu");
  }

  @Test
  void letsTheIndexForgetOnlyWhatInstancesHaveForgotten() throws Exception {
    try (Admin admin = Admin.create(service.config().kafka().client())) {
      long instances = millis(admin, "dicom.instances", "retention.ms");
      long segment = millis(admin, "dicom.instances", "segment.ms");

      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(millis(admin, "dicom.instances.index", "retention.ms"))
                      .isEqualTo(instances + segment + Duration.ofDays(1).toMillis()));
    }
  }

  private static long millis(Admin admin, String topic, String key) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return Long.parseLong(
        admin
            .describeConfigs(List.of(resource))
            .all()
            .get(30, TimeUnit.SECONDS)
            .get(resource)
            .get(key)
            .value());
  }

  private static String detail(String probe, JsonPointer where) {
    try {
      return new ObjectMapper()
          .readTree(probe.substring(probe.indexOf(' ') + 1))
          .at(where)
          .asText();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(probe, e);
    }
  }

  @AfterEach
  void stop() {
    watch.close();
    service.close();
  }

  @Test
  void deliversWhatWaitedForTheFhirServerAndServesAModelPutInPlaceOnTheWay() throws Exception {
    // Given studies reported while the FHIR server is away
    send("01-explicit-8bit.dcm", "10-lateral.dcm", "11-damaged.dcm");
    await().atMost(PATIENCE).until(() -> reports.size() == 3 && rejections.size() == 1);
    String first = reports.values().stream().filter(r -> r.contains("Media")).findFirst().get();

    // When another model is put in place and the server comes
    String digest = TinyModels.write(model, 0, 5, 0).card().sha256();
    await().atMost(PATIENCE).until(() -> get("/health/ready").contains(digest.substring(0, 12)));
    send("02-implicit-8bit.dcm");
    await().atMost(PATIENCE).until(() -> reports.size() == 4);
    try (SandboxServer sandbox = SandboxServer.start("127.0.0.1", fhirPort)) {
      for (String report : reports.values()) {
        String id = StudyNotes.reportId(report.getBytes(StandardCharsets.UTF_8)).orElseThrow();
        String url = sandbox.baseUrl() + "/DiagnosticReport/" + id;
        await().atMost(PATIENCE).until(() -> status(url) == 200);
      }
    }

    // Then each report names the model that made it, and the service says what it did
    assertThat(first).doesNotContain(digest);
    assertThat(reports.values()).filteredOn(report -> report.contains(digest)).hasSize(1);
    assertThat(get("/metrics"))
        .contains("magsd_received_total{channel=\"dimse\"} 4.0")
        .contains("magsd_screened_total{outcome=\"assessed\"} 2.0")
        .contains("magsd_screened_total{outcome=\"skipped\"} 1.0")
        .contains("magsd_screened_total{outcome=\"failed\"} 1.0")
        .contains("magsd_reported_total 4.0")
        .contains("magsd_failed_total 1.0")
        .containsPattern( // what alerts go by
            "kafka_consumer_last_poll_seconds_ago\\{[^}]*client_id=\"[^\"]*-StreamThread-1-consumer\"");
    assertThat(get("/api/studies")).contains("not a frontal view").doesNotContain("Sample");
    assertThat(get("/")).contains("<title>magsd</title>");
  }

  @Test
  void aReplayedFileIsTriedAgainOnce() throws Exception {
    send("11-damaged.dcm");
    await().atMost(PATIENCE).until(() -> rejections.size() == 1);
    Replay.Wanted everything =
        new Replay.Wanted(java.util.Optional.empty(), java.util.Optional.empty());
    Replay.Wanted another =
        new Replay.Wanted(java.util.Optional.of("1.2.3"), java.util.Optional.empty());

    assertThat(replay(another)).isZero();
    assertThat(replay(everything)).isOne();
    await().atMost(PATIENCE).until(() -> rejections.size() == 2);

    assertThat(rejections.keySet()).anyMatch(key -> key.endsWith(" 2"));
    assertThat(replay(another)).isZero();
  }

  @Test
  void aBlobFolderThatIsAwayEndsReadinessAndNoStreamThread() throws Exception {
    byte[] film = Files.readAllBytes(SAMPLES.resolve("01-explicit-8bit.dcm"));
    BlobReference reference = new BlobStore(folder.resolve("elsewhere")).write(film);
    Path blobs = service.config().kafka().blobFolder();
    FolderTree.delete(blobs);
    Files.createDirectory(blobs); // as a mount point without its volume
    String study = DicomProvider.builtIn().parse(film).studyInstanceUid().orElseThrow();
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            service.config().kafka().client(), new StringSerializer(), new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>(Topics.INSTANCES.name(), study, reference.toJson()))
          .get(30, TimeUnit.SECONDS);
    }
    await()
        .atMost(PATIENCE)
        .until(() -> get("/health/ready").contains("the blob folder is away, films wait"));
    send("02-implicit-8bit.dcm");
    await().atMost(PATIENCE).until(() -> reports.size() == 1);
    // The receivers heard of it: a film put there would vanish beneath the volume
    Path large = withPadding(film, service.config().kafka().inlineLimitBytes());
    assertThat(outcomes(large)).hasOnlyElementsOfType(SendOutcome.Refused.class);
    assertThat(blobs).isEmptyDirectory();

    Files.delete(blobs);
    Files.move(folder.resolve("elsewhere"), blobs);
    assertThat(outcomes(large)).hasOnlyElementsOfType(SendOutcome.Stored.class);

    await().atMost(PATIENCE).until(() -> reports.containsKey(study));
    await().atMost(PATIENCE).until(() -> service.health().ready());
  }

  private int replay(Replay.Wanted wanted) throws IOException {
    KafkaSettings kafka = service.config().kafka();
    try (Replay replay = kafka.replay()) {
      return replay
          .run(wanted, moved -> assertThat(moved.to()).isEqualTo("dicom.instances"))
          .moved();
    }
  }

  /** The film with so many bytes behind its pixels as padding (FFFC,FFFC). */
  private Path withPadding(byte[] film, int padding) throws IOException {
    ByteBuffer element = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    element.putShort((short) 0xfffc).putShort((short) 0xfffc).put(new byte[] {'O', 'B', 0, 0});
    Path file = folder.resolve("padded.dcm");
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(film);
      out.write(element.putInt(padding).array());
      out.write(new byte[padding]);
    }
    return file;
  }

  private void send(String... files) throws InterruptedException {
    assertThat(outcomes(Stream.of(files).map(SAMPLES::resolve).toArray(Path[]::new)))
        .hasOnlyElementsOfType(SendOutcome.Stored.class);
  }

  private List<SendOutcome> outcomes(Path... files) throws InterruptedException {
    ScuConfig peer = ScuConfig.to("MAGSD@127.0.0.1:" + service.dimsePort().orElseThrow());
    return DimseProvider.builtIn().send(peer, List.of(files), 1, outcome -> {});
  }

  private String get(String path) throws IOException, InterruptedException {
    return http.send(
            request("http://127.0.0.1:" + service.httpPort() + path),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private int status(String url) throws InterruptedException {
    try {
      return http.send(request(url), HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException notYet) {
      return 0;
    }
  }

  private static HttpRequest request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10)).build();
  }

  private static String header(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
