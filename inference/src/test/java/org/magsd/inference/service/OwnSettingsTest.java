package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.fhir.deliver.DeliveryListener;
import org.magsd.fhir.deliver.LargeReports;
import org.magsd.fhir.deliver.ReportDelivery;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.stream.Replay;
import org.magsd.inference.stream.TopicReader;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.ingest.kafka.KafkaInstanceIndex;
import org.magsd.ingest.kafka.KafkaInstanceSink;
import org.magsd.ingest.kafka.KafkaSinkConfig;
import org.magsd.ingest.receive.SinkUnavailableException;

/** Whatever the service sets is refused in {@code kafka.properties}, and nothing else. */
class OwnSettingsTest {
  private static final List<String> PREFIXES =
      List.of("consumer.", "main.consumer.", "restore.consumer.", "producer.", "admin.");

  /** Objects of ours, which no configuration can name. */
  private static final String OURS = "magsd.";

  @ParameterizedTest
  @CsvSource({
    "bootstrap.servers, the service sets it itself; use kafka.bootstrap-servers",
    "main.consumer.bootstrap.servers, the service sets it itself; use kafka.bootstrap-servers",
    "num.stream.threads, the service sets it itself; use inference.stream-threads",
    "group.id, the service sets it itself; use fhir.group-id",
    "session.timeout.ms, the service sets it itself",
    "restore.consumer.max.poll.records, the service sets it itself",
    "consumer.receive.buffer.bytes, the service sets it itself",
    "producer.client.id, the service sets it itself; use kafka.properties.client.id",
    "cache.max.bytes.buffering, the service sets it itself",
  })
  void namesTheKeyToUseWhereThereIsOne(String key, String why) {
    assertThatThrownBy(() -> ServiceConfig.parse("kafka: {properties: {" + key + ": '1'}}"))
        .hasMessageContaining("kafka.properties." + key + ": " + why);
  }

  @Test
  void namesThePrefixesWhereSomeClientsHaveTheirOwn() {
    assertThatThrownBy(() -> KafkaProperties.checked(Map.of("request.timeout.ms", "60000")))
        .hasMessage(
            "kafka.properties.request.timeout.ms: the service sets it itself for some clients (by"
                + " kafka.delivery-seconds); for those of Kafka Streams use"
                + " consumer.request.timeout.ms, producer.request.timeout.ms,"
                + " admin.request.timeout.ms");
    assertThatThrownBy(() -> KafkaProperties.checked(Map.of("linger.ms", "5")))
        .hasMessage(
            "kafka.properties.linger.ms: the service sets it itself for some clients; for those of"
                + " Kafka Streams use producer.linger.ms");
    assertThat(KafkaProperties.checked(Map.of("producer.linger.ms", "5"))).hasSize(1);
  }

  @Test
  void refusesWhatKafkaStreamsIsToldBehindEveryPrefixAndBehindNone() {
    Set<String> told = new TreeSet<>();
    told().keySet().forEach(key -> told.add((String) key));
    told.removeIf(key -> key.startsWith(OURS));

    assertThat(told).contains("application.id", "consumer.session.timeout.ms");
    for (String key : told) {
      String plain = PREFIXES.stream().reduce(key, OwnSettingsTest::without);
      assertRefused(key);
      assertRefused(plain);
      for (String prefix : PREFIXES) {
        if (names(prefix).contains(plain)) {
          assertRefused(prefix + plain);
        }
      }
    }
  }

  @Test
  void refusesWhatAnyOtherClientIsTold(@TempDir Path folder) throws Exception {
    Map<String, Object> client = SeenSettings.client();
    Map<String, String> properties = new HashMap<>();
    client.forEach((key, value) -> properties.put(key, (String) value));
    KafkaSinkConfig sink =
        new KafkaSinkConfig("127.0.0.1:1", null, null, null, folder, 1, properties);
    DeliverySettings delivery = DeliverySettings.to("http://127.0.0.1:1/fhir");
    Closers clients = new Closers();
    try {
      clients.add(new KafkaInstanceSink(sink));
      clients.add(new Replay(client, 1 << 20, new BlobStore(folder)));
      clients.add(new BrokerHealth(client));
      clients.add(TopicWatch.start(client, List.of(), 1, record -> {}));
      clients.add(
          ReportDelivery.start(
              client, delivery.config(), LargeReports.NONE, new DeliveryListener() {}));
      assertThatThrownBy(() -> new KafkaInstanceIndex(sink).find(List.of("1.2.3")))
          .isInstanceOf(SinkUnavailableException.class);
      await()
          .untilAsserted(
              () ->
                  assertThat(SeenSettings.names())
                      .contains("acks", "transactional.id", "group.id", "fetch.max.wait.ms"));
    } finally {
      clients.closeWithin(Duration.ofSeconds(30));
    }

    Set<String> told = new TreeSet<>(SeenSettings.names());
    told.addAll(TopicReader.ownSettings());
    for (String name : told) {
      assertRefused(name);
    }
  }

  /** Kafka Streams too passes over what it sets itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {"consumer.", "main.consumer.", "restore.consumer.", "producer.", "admin."})
  void whatIsTakenForAClientOfKafkaStreamsReachesIt(String prefix) {
    Set<String> names = new TreeSet<>(names(prefix));
    // Kafka Streams wants it to be no text, and says so. A restoring consumer is of no group.
    names.removeAll(Set.of("enable.metrics.push", "group.instance.id"));
    names.removeIf(plain -> KafkaProperties.refusal(prefix + plain).isPresent());

    assertThat(names).contains("security.protocol", "metadata.max.age.ms", "request.timeout.ms");
    for (String plain : names) {
      Properties settings = told();
      settings.put(prefix + plain, "3");
      assertThat(made(prefix, new StreamsConfig(settings))).as(prefix).containsEntry(plain, "3");
    }
  }

  private static Properties told() {
    return StreamsSettings.of(ServiceConfig.parse("kafka: {bootstrap-servers: 'broker:9092'}"));
  }

  private static Map<String, Object> made(String prefix, StreamsConfig config) {
    return switch (prefix) {
      case "producer." -> config.getProducerConfigs("one");
      case "admin." -> config.getAdminConfigs("one");
      case "restore.consumer." -> config.getRestoreConsumerConfigs("one");
      default -> config.getMainConsumerConfigs("group", "one", 1);
    };
  }

  private static Set<String> names(String prefix) {
    return switch (prefix) {
      case "producer." -> ProducerConfig.configNames();
      case "admin." -> AdminClientConfig.configNames();
      default -> ConsumerConfig.configNames();
    };
  }

  private static String without(String key, String prefix) {
    return key.startsWith(prefix) ? key.substring(prefix.length()) : key;
  }

  private static void assertRefused(String key) {
    assertThatThrownBy(() -> KafkaProperties.checked(Map.of(key, "1")))
        .as(key)
        .hasMessageStartingWith("kafka.properties." + key + ": the service sets it itself");
  }
}
