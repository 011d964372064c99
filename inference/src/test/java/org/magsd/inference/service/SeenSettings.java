package org.magsd.inference.service;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;

/**
 * What clients are made with: a reporter of metrics, which each of them hands its settings to.
 * Tests of one process share what is seen.
 */
public final class SeenSettings implements MetricsReporter {
  private static final Set<String> NAMES = new ConcurrentSkipListSet<>();

  /** A client's settings that let it be seen; there are no such brokers. */
  public static Map<String, Object> client() {
    NAMES.clear();
    return new HashMap<>(
        Map.of(
            CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
            "127.0.0.1:1",
            CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG,
            SeenSettings.class.getName()));
  }

  /** The names of all settings since, but for those that made them be seen. */
  public static Set<String> names() {
    Set<String> names = new TreeSet<>(NAMES);
    names.remove(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG);
    names.remove(CommonClientConfigs.CLIENT_ID_CONFIG); // each client adds the one it was given
    names.removeIf(name -> name.startsWith("internal.")); // between Kafka Streams and its clients
    return names;
  }

  @Override
  public void configure(Map<String, ?> settings) {
    NAMES.addAll(settings.keySet());
  }

  @Override
  public void init(List<KafkaMetric> metrics) {}

  @Override
  public void metricChange(KafkaMetric metric) {}

  @Override
  public void metricRemoval(KafkaMetric metric) {}

  @Override
  public void close() {}
}
