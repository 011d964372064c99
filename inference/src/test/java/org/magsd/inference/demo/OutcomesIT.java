package org.magsd.inference.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.stream.Topics;

@Timeout(120)
class OutcomesIT {
  private static final byte[] REPORT =
      "{\"entry\":[{\"resource\":{\"resourceType\":\"DiagnosticReport\",\"id\":\"r\"}}]}"
          .getBytes(UTF_8);

  @Test
  void aReportCountsOnlyOnceItIsKept() throws Exception {
    List<String> kept = new CopyOnWriteArrayList<>();
    try (EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary())) {
      broker.createTopics(Topics.definitions(1, (short) 1, 1 << 20));
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
      try (Producer<String, byte[]> producer =
              new KafkaProducer<>(client, new StringSerializer(), new ByteArraySerializer());
          Outcomes outcomes = new Outcomes(client, report -> keep(report, kept))) {
        producer.send(new ProducerRecord<>(Topics.REPORTS.name(), "1.1", REPORT)).get();
        producer.send(new ProducerRecord<>(Topics.REPORTS.name(), "1.2", REPORT)).get();
        await().atMost(Duration.ofSeconds(60)).until(() -> outcomes.report("1.2").isPresent());

        assertThat(outcomes.report("1.1")).as("a report whose file could not be written").isEmpty();
        assertThat(kept).containsExactly("1.2");

        // The disk has room again, and the report comes again.
        producer.send(new ProducerRecord<>(Topics.REPORTS.name(), "1.1", REPORT)).get();
        await().atMost(Duration.ofSeconds(60)).until(() -> outcomes.report("1.1").isPresent());
      }
    }
  }

  private static void keep(Outcomes.Report report, List<String> kept) {
    if (report.studyInstanceUid().equals("1.1") && kept.size() < 1) {
      throw new UncheckedIOException(new IOException("no space left on device"));
    }
    kept.add(report.studyInstanceUid());
  }
}
