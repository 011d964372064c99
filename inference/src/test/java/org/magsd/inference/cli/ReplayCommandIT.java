package org.magsd.inference.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.stream.Topics;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;

@Timeout(180)
class ReplayCommandIT {
  private static final int FORMER_LIMIT = 8 << 20;

  @TempDir Path folder;
  private EmbeddedBroker broker;
  private Producer<String, byte[]> producer;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
    broker.createTopics(Topics.definitions(1, (short) 1, FORMER_LIMIT));
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                FORMER_LIMIT),
            new StringSerializer(),
            new ByteArraySerializer());
  }

  @AfterEach
  void stop() {
    producer.close(Duration.ZERO);
    broker.close();
  }

  @Test
  void tellsWhatItHasPutBackAndWhatItLeftUnderASmallerLimit() throws Exception {
    write("dicom.rejected", 5 << 20);
    write("fhir.undelivered", 5 << 20);
    write("fhir.undelivered", 0);
    write("fhir.undelivered", 100);
    new BlobStore(folder.resolve("blobs")).write(new byte[1]);

    CommandRun run = CommandRun.of("replay", "--config", config().toString());

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.json())
        .extracting(line -> line.get("to").asText())
        .containsExactlyInAnyOrder("dicom.instances", "fhir.diagnostic-reports");
    assertThat(run.err())
        .contains("2 records put back")
        .contains("1 left: they hold no bytes that could be put back")
        .contains("1 left: larger than their topic takes");
  }

  /** As where the volume is not mounted, or on another machine. */
  @Test
  void leavesAFilmThatItsTopicHasNoRoomForWhereTheServicesBlobFolderIsNot() throws Exception {
    write("dicom.rejected", 5 << 20);
    write("dicom.rejected", 100);

    CommandRun run = CommandRun.of("replay", "--config", config().toString());

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("1 records put back")
        .contains("1 left: ", "kafka.blob-folder (" + folder.resolve("blobs") + ")");
    assertThat(folder.resolve("blobs")).doesNotExist();

    new BlobStore(folder.resolve("blobs")).write(new byte[1]);

    assertThat(CommandRun.of("replay", "--config", config().toString()).err())
        .contains("1 records put back");
  }

  @Test
  void blamesTheBlobFolderAndNotKafkaForAReportThatCannotBeRead() throws Exception {
    BlobReference report = new BlobReference("ab/report.dcm", 1_000, "ab".repeat(32));
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>("fhir.undelivered", "1.1", report.toJson());
    record.headers().add("by-reference", "true".getBytes(UTF_8));
    producer.send(record).get();

    CommandRun run = CommandRun.of("replay", "--config", config().toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err())
        .contains("kafka.blob-folder " + folder.resolve("blobs") + ": blob folder is away")
        .doesNotContain("Kafka at");
  }

  private Path config() throws Exception {
    return Files.writeString(
        folder.resolve("magsd.yaml"),
        """
        kafka: {bootstrap-servers: "%s", inline-limit-bytes: 1048576, blob-folder: '%s'}
        """
            .formatted(broker.bootstrapServers(), folder.resolve("blobs")));
  }

  private void write(String topic, int bytes) throws Exception {
    producer.send(new ProducerRecord<>(topic, "1.1", new byte[bytes])).get();
  }
}
