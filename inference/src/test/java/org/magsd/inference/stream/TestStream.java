package org.magsd.inference.stream;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.KafkaStreams;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.service.StreamsSettings;

/** A broker with the service's topics, a sender of films, and a watch over what comes of them. */
final class TestStream implements AutoCloseable {
  private final EmbeddedBroker broker;
  private final Map<String, Object> client;
  private final Producer<String, byte[]> producer;
  private final TopicWatch watch;
  private final List<KafkaStreams> running = new ArrayList<>();

  /**
   * @param partitions of each topic
   * @param watched whose records are listened to
   */
  TestStream(int partitions, Topic<String, ?> watched, TopicWatch.RecordListener listener)
      throws Exception {
    broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
    broker.createTopics(Topics.definitions(partitions, (short) 1, 1 << 20));
    client = Map.of("bootstrap.servers", broker.bootstrapServers());
    producer =
        new KafkaProducer<>(
            client, Topics.INSTANCES.keys().serializer(), Topics.INSTANCES.values().serializer());
    watch = TopicWatch.start(client, List.of(watched.name()), Long.MAX_VALUE, listener);
  }

  /** How to reach the broker. */
  Map<String, Object> client() {
    return client;
  }

  /**
   * Sends a film that will be assessed; returns when the broker has it.
   *
   * @param image what its UID has behind that of the study
   * @param words as {@link FakeScreener} reads them
   */
  void send(String study, String image, String words) throws Exception {
    byte[] film = FakeScreener.film(study, study + image, "assessed", words);
    producer.send(new ProducerRecord<>(Topics.INSTANCES.name(), study, film)).get();
  }

  /**
   * Runs a topology until this is closed.
   *
   * @param state folder for its state
   * @param settings other than the service's
   */
  KafkaStreams run(ScreeningTopology topology, Path state, Map<String, ?> settings) {
    ServiceConfig defaults = ServiceConfig.defaults();
    Properties all =
        StreamsSettings.of(
            defaults
                .with(defaults.kafka().at(broker.bootstrapServers()))
                .with(defaults.inference().with(Path.of("none"), state)));
    all.putAll(settings);
    KafkaStreams streams = new KafkaStreams(topology.topology(), all);
    running.add(streams);
    streams.start();
    return streams;
  }

  /** Ends what runs, in good order. */
  void stop() {
    running.forEach(KafkaStreams::close);
    running.clear();
  }

  @Override
  public void close() {
    stop();
    watch.close();
    producer.close();
    broker.close();
  }
}
