package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.service.StreamsSettings;

/** An urgent film overtakes the films of its own partition, not those of its own study. */
@Timeout(120)
class PriorityIT {
  @TempDir Path folder;
  private final List<String> screened = new CopyOnWriteArrayList<>();

  @Test
  void aFinishedUrgentFilmOvertakesTheUnfinishedOfOtherStudiesOnly() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary())) {
      broker.createTopics(Topics.definitions(1, (short) 1, 1 << 20));
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
      try (Producer<String, byte[]> producer =
              new KafkaProducer<>(
                  client,
                  Topics.INSTANCES.keys().serializer(),
                  Topics.INSTANCES.values().serializer());
          TopicWatch watch =
              TopicWatch.start(
                  client, List.of(Topics.SCREENINGS.name()), Long.MAX_VALUE, this::note)) {
        assertThat(watch).isNotNull();
        // Given a backlog of films that take their time, an urgent one of another study behind it
        // and one of a study that waits
        for (int study = 1; study <= 12; study++) {
          send(producer, "1." + study, ".1", "millis=1500");
        }
        send(producer, "1.99", ".1", "urgent");
        send(producer, "1.5", ".2", "urgent");

        try (KafkaStreams streams = streams(broker.bootstrapServers())) {
          assertThat(streams).isNotNull();
          await().atMost(Duration.ofSeconds(60)).until(() -> screened.size() == 14);
        }
      }
    }

    assertThat(screened.get(0)).isEqualTo("1.99.1");
    assertThat(screened.indexOf("1.5.2")).isGreaterThan(screened.indexOf("1.5.1"));
    assertThat(screened)
        .filteredOn(film -> film.endsWith(".1") && !film.equals("1.99.1"))
        .containsExactly(
            "1.1.1", "1.2.1", "1.3.1", "1.4.1", "1.5.1", "1.6.1", "1.7.1", "1.8.1", "1.9.1",
            "1.10.1", "1.11.1", "1.12.1");
  }

  private void note(org.apache.kafka.clients.consumer.ConsumerRecord<String, byte[]> record) {
    screened.add(
        Topics.SCREENINGS
            .values()
            .deserializer()
            .deserialize(record.topic(), record.value())
            .sopInstanceUid()
            .orElseThrow());
  }

  private static void send(
      Producer<String, byte[]> producer, String study, String image, String word) throws Exception {
    byte[] film = FakeScreener.film(study, study + image, "assessed", word);
    producer.send(new ProducerRecord<>(Topics.INSTANCES.name(), study, film)).get();
  }

  private KafkaStreams streams(String servers) {
    ServiceConfig defaults = ServiceConfig.defaults();
    ServiceConfig config =
        defaults
            .with(defaults.kafka().at(servers))
            .with(defaults.inference().with(Path.of("none"), folder.resolve("state")));
    ScreeningTopology topology =
        new ScreeningTopology(
            new FakeScreener(),
            AssemblyRules.defaults(),
            findings -> findings.study().studyInstanceUid(),
            1 << 20,
            32,
            ScreeningListener.NONE);
    Properties settings = StreamsSettings.of(config);
    // A commit waits for all that is under way: none is to fall between the films.
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 30_000);
    KafkaStreams streams = new KafkaStreams(topology.topology(), settings);
    streams.start();
    return streams;
  }
}
