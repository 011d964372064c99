package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.service.StreamsSettings;

/** However slowly a backlog is worked off, its studies are reported whole. */
@Timeout(120)
class BacklogIT {
  private static final Duration QUIET = Duration.ofSeconds(1);

  @TempDir Path folder;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  @Test
  void aGapLongerThanTheQuietPeriodWhileABacklogIsWorkedOffTearsNoStudyApart() throws Exception {
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
                  client,
                  List.of(Topics.REPORTS.name()),
                  Long.MAX_VALUE,
                  record -> reports.add(new String(record.value(), UTF_8)))) {
        assertThat(watch).isNotNull();
        // Given a study whose two films came together but for films that take seconds each
        send(producer, "1.1", ".1", "");
        for (int other = 2; other <= 4; other++) {
          send(producer, "1." + other, ".1", "millis=2500");
        }
        send(producer, "1.1", ".2", "");
        Thread.sleep(2 * QUIET.toMillis());

        // When they are taken one at a time, old as they are
        try (KafkaStreams streams = streams(broker.bootstrapServers())) {
          assertThat(streams).isNotNull();
          await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() >= 4);
        }
      }
    }

    assertThat(reports)
        .containsExactlyInAnyOrder(
            "1.1 1.1.1=pneumonia 1.1.2=pneumonia r1",
            "1.2 1.2.1=pneumonia r1",
            "1.3 1.3.1=pneumonia r1",
            "1.4 1.4.1=pneumonia r1");
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
            AssemblyRules.quietFor(QUIET),
            WorkerProcess::line,
            1 << 20,
            1,
            ScreeningListener.NONE);
    KafkaStreams streams = new KafkaStreams(topology.topology(), StreamsSettings.of(config));
    streams.start();
    return streams;
  }
}
