package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.kafka.InstanceTopics;
import org.magsd.ingest.kafka.KafkaInstanceIndex;
import org.magsd.ingest.kafka.KafkaInstanceSink;
import org.magsd.ingest.kafka.KafkaSinkConfig;
import org.magsd.ingest.kafka.TestBroker;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;

/**
 * An archive that pushes a study by its REST API and asks for storage commitment, which is answered
 * from what the broker and the blob folder hold.
 */
@Tag("peer")
@Timeout(180)
class OrthancPeerIT {
  private static final int INLINE_LIMIT = 64 << 10;
  private static final int SMALL = 32;
  private static final int LARGE = 512;

  @TempDir Path folder;

  private TestBroker broker;
  private KafkaInstanceSink sink;
  private DimseReceiver receiver;
  private Orthanc orthanc;

  @BeforeEach
  void start() throws Exception {
    broker = TestBroker.start(folder.resolve("kafka"));
    TestBroker.createTopics(broker.bootstrapServers(), INLINE_LIMIT);
    KafkaSinkConfig kafka =
        new KafkaSinkConfig(
            broker.bootstrapServers(),
            null,
            null,
            INLINE_LIMIT,
            folder.resolve("blobs"),
            null,
            null);
    sink = new KafkaInstanceSink(kafka);
    int dicomPort = TestBroker.freePort();
    receiver =
        DimseReceiver.start(
            config("127.0.0.1:" + dicomPort),
            new ByteBudget(ByteBudget.DEFAULT),
            sink,
            new KafkaInstanceIndex(kafka),
            ReceiveListener.none());
    orthanc = Orthanc.start(folder, dicomPort, receiver.port());
  }

  private static DimseConfig config(String reports) {
    return new DimseConfig(
        null,
        null,
        null,
        0,
        List.of(new DimseConfig.Caller("ORTHANC", List.of("127.0.0.1"), Optional.of(reports))),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        Optional.empty());
  }

  @AfterEach
  void stop() throws InterruptedException {
    orthanc.stop();
    receiver.close();
    sink.close();
    broker.close();
  }

  @Test
  void pushesAStudyAndIsToldThatItIsKept() throws Exception {
    List<String> resources = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      resources.add(orthanc.keep(SampleFiles.film("1.2.3." + i, i == 0 ? LARGE : SMALL)));
    }

    JsonNode job = store(resources, true);

    JsonNode report = report(job.path("StorageCommitmentTransactionUID").asText());
    assertThat(job.path("FailedInstancesCount").asInt(-1)).isZero();
    assertThat(TestBroker.records(broker.bootstrapServers(), InstanceTopics.INSTANCES)).hasSize(5);
    assertThat(report.path("Status").asText()).isEqualTo("Success");
    assertThat(uids(report.path("Success"))).hasSize(5);
  }

  @Test
  void isToldWhichInstancesOfAStudyAreNotKept() throws Exception {
    List<String> sent =
        List.of(
            orthanc.keep(SampleFiles.film("1.2.3.1", SMALL)),
            orthanc.keep(SampleFiles.film("1.2.3.2", LARGE)),
            orthanc.keep(SampleFiles.film("1.2.3.3", LARGE + 1)));
    orthanc.keep(SampleFiles.film("1.2.3.4", SMALL)); // and is not sent
    store(sent, false);
    assertThat(blobs()).hasSize(2);
    Files.delete(largest(blobs()));
    String study = orthanc.get("/studies").path(0).asText();

    JsonNode request =
        orthanc.post("/modalities/magsd/storage-commitment", Map.of("Resources", List.of(study)));

    JsonNode report = report(request.path("ID").asText());
    assertThat(report.path("Status").asText()).isEqualTo("Failure");
    assertThat(report.path("RemoteAET").asText()).isEqualTo("MAGSD");
    assertThat(uids(report.path("Success"))).containsExactlyInAnyOrder("1.2.3.1", "1.2.3.2");
    assertThat(uids(report.path("Failures"))).containsExactlyInAnyOrder("1.2.3.3", "1.2.3.4");
  }

  private JsonNode store(List<String> resources, boolean commitment) throws Exception {
    return orthanc.post(
        "/modalities/magsd/store",
        Map.of("Resources", resources, "Synchronous", true, "StorageCommitment", commitment));
  }

  /** The report, once it has come. */
  private JsonNode report(String transaction) throws Exception {
    String path = "/storage-commitment/" + transaction;
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !orthanc.get(path).path("Status").asText().equals("Pending"));
    return orthanc.get(path);
  }

  private static List<String> uids(JsonNode instances) {
    return StreamSupport.stream(instances.spliterator(), false)
        .map(instance -> instance.path("SOPInstanceUID").asText())
        .toList();
  }

  private List<Path> blobs() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("blobs"))) {
      return files.filter(file -> file.toString().endsWith(".dcm")).toList();
    }
  }

  private static Path largest(List<Path> files) throws IOException {
    Path largest = files.get(0);
    for (Path file : files) {
      largest = Files.size(file) > Files.size(largest) ? file : largest;
    }
    return largest;
  }
}
