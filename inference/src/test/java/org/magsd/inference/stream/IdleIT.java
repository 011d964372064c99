package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.service.StreamsSettings;

/** A service that has nothing to do writes nothing: no transaction, no offset. */
@Timeout(120)
class IdleIT {
  private static final List<String> BOOKKEEPING =
      List.of("__transaction_state", "__consumer_offsets");

  /** Several commit intervals. */
  private static final Duration A_REST = Duration.ofSeconds(4);

  @TempDir Path folder;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  @Test
  void anIdleServiceCommitsNothing() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary())) {
      broker.createTopics(Topics.definitions(2, (short) 1, 1 << 20));
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
                  record -> reports.add(new String(record.value(), UTF_8)));
          Admin admin = Admin.create(client);
          KafkaStreams streams = streams(broker.bootstrapServers())) {
        assertThat(watch).isNotNull();
        assertThat(streams).isNotNull();
        // Given a study that has been reported, and one that waits for a long time
        byte[] film = FakeScreener.film("1.1", "1.1.1", "assessed", "millis=50");
        producer.send(new ProducerRecord<>(Topics.INSTANCES.name(), "1.1", film)).get();
        byte[] waiting = FakeScreener.film("1.2", "1.2.1", "assessed", "modality=CR");
        producer.send(new ProducerRecord<>(Topics.INSTANCES.name(), "1.2", waiting)).get();
        await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() == 1);

        await()
            .atMost(Duration.ofSeconds(40))
            .until(
                () -> {
                  long before = written(admin);
                  Thread.sleep(A_REST.toMillis());
                  return written(admin) == before;
                });
      }
    }
    assertThat(reports).containsExactly("1.1 1.1.1=pneumonia r1");
  }

  /** Records ever written to the brokers' own topics of transactions and offsets. */
  private static long written(Admin admin) throws Exception {
    Map<TopicPartition, OffsetSpec> ends =
        admin.describeTopics(BOOKKEEPING).allTopicNames().get().values().stream()
            .flatMap(IdleIT::partitions)
            .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
    return admin.listOffsets(ends).all().get().values().stream()
        .mapToLong(end -> end.offset())
        .sum();
  }

  private static Stream<TopicPartition> partitions(TopicDescription topic) {
    return IntStream.range(0, topic.partitions().size())
        .mapToObj(number -> new TopicPartition(topic.name(), number));
  }

  private KafkaStreams streams(String servers) {
    ServiceConfig defaults = ServiceConfig.defaults();
    ServiceConfig config =
        defaults
            .with(defaults.kafka().at(servers))
            .with(defaults.inference().with(Path.of("none"), folder.resolve("state")));
    AssemblyRules rules =
        new AssemblyRules(
            Duration.ofSeconds(1),
            Map.of("CR", Duration.ofMinutes(10)),
            Duration.ofSeconds(1),
            Duration.ofMinutes(20),
            Duration.ofDays(7));
    ScreeningTopology topology =
        new ScreeningTopology(
            new FakeScreener(), rules, WorkerProcess::line, 1 << 20, 8, ScreeningListener.NONE);
    KafkaStreams streams = new KafkaStreams(topology.topology(), StreamsSettings.of(config));
    streams.start();
    return streams;
  }
}
