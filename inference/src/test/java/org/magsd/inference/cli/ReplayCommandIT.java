package org.magsd.inference.cli;

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
    Path config =
        Files.writeString(
            folder.resolve("magsd.yaml"),
            """
            kafka: {bootstrap-servers: "%s", inline-limit-bytes: 1048576, blob-folder: '%s'}
            """
                .formatted(broker.bootstrapServers(), folder.resolve("blobs")));

    CommandRun run = CommandRun.of("replay", "--config", config.toString());

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.json())
        .extracting(line -> line.get("to").asText())
        .containsExactlyInAnyOrder("dicom.instances", "fhir.diagnostic-reports");
    assertThat(run.err())
        .contains("2 records put back")
        .contains("1 left: they hold no bytes that could be put back")
        .contains("1 left: larger than their topic takes");
  }

  private void write(String topic, int bytes) throws Exception {
    producer.send(new ProducerRecord<>(topic, "1.1", new byte[bytes])).get();
  }
}
