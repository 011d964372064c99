package org.magsd.inference.stream;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;

/** The topology without a broker, in a time of its own. */
final class TestDriver {
  private TestDriver() {}

  /**
   * @param state folder for its state
   * @param start its time
   * @param settings beside what a driver needs
   */
  static TopologyTestDriver of(
      ScreeningTopology topology, Path state, Instant start, Map<String, ?> settings) {
    Properties all = new Properties();
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    all.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    all.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    all.putAll(settings);
    return new TopologyTestDriver(topology.topology(), all, start);
  }

  static TestInputTopic<String, byte[]> instances(TopologyTestDriver driver) {
    return driver.createInputTopic(
        Topics.INSTANCES.name(),
        Topics.INSTANCES.keys().serializer(),
        Topics.INSTANCES.values().serializer());
  }

  static <K, V> TestOutputTopic<K, V> output(TopologyTestDriver driver, Topic<K, V> topic) {
    return driver.createOutputTopic(
        topic.name(), topic.keys().deserializer(), topic.values().deserializer());
  }
}
