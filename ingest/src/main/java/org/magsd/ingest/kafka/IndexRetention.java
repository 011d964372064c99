package org.magsd.ingest.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Bounds the index topic: a note is worth nothing once the instance's record is gone. It must not
 * go before it, though, or an instance that is held would be denied. Kafka deletes whole segments
 * when their last record is old enough, so an instance may stay for its retention and the time of a
 * segment; a note stays a day longer than that. An instance that comes again is noted again, which
 * makes its note as young as its record.
 */
public final class IndexRetention {
  static final long FOR_EVER = -1;

  /** For the broker's rounds of deletion. */
  private static final Duration MARGIN = Duration.ofDays(1);

  /**
   * Compaction joins old segments with younger ones up to this size, and what is joined goes only
   * with its youngest note: so segments are small.
   */
  private static final int SEGMENT_BYTES = 16 << 20;

  private static final long ADMIN_SECONDS = 30;

  private IndexRetention() {}

  /** How the index topic is to be set up; its notes bear the broker's time, as instances do. */
  static Map<String, String> settings(long retentionMillis) {
    return Map.of(
        TopicConfig.CLEANUP_POLICY_CONFIG,
        TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE,
        TopicConfig.RETENTION_MS_CONFIG,
        Long.toString(retentionMillis),
        TopicConfig.SEGMENT_BYTES_CONFIG,
        Integer.toString(SEGMENT_BYTES),
        TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
        "LogAppendTime");
  }

  /**
   * Lets the index keep its notes as long as {@code dicom.instances} now keeps instances, whoever
   * created the two. Where those stay for ever, or go by the size of the log alone, notes stay too.
   *
   * @throws IllegalStateException when the broker refuses or does not answer within 30 seconds
   */
  public static void follow(Admin admin) {
    ConfigResource instances = topic(InstanceTopics.INSTANCES);
    ConfigResource index = topic(InstanceTopics.INDEX);
    try {
      Map<ConfigResource, Config> present =
          admin
              .describeConfigs(List.of(instances, index))
              .all()
              .get(ADMIN_SECONDS, TimeUnit.SECONDS);
      List<AlterConfigOp> changes =
          settings(longestStay(present.get(instances))).entrySet().stream()
              .filter(
                  wanted -> !value(present.get(index), wanted.getKey()).equals(wanted.getValue()))
              .map(wanted -> new ConfigEntry(wanted.getKey(), wanted.getValue()))
              .map(entry -> new AlterConfigOp(entry, AlterConfigOp.OpType.SET))
              .toList();
      if (!changes.isEmpty()) {
        admin
            .incrementalAlterConfigs(Map.of(index, changes))
            .all()
            .get(ADMIN_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking at the index's retention", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "the retention of %s cannot be set: %s".formatted(InstanceTopics.INDEX, e.getMessage()),
          e);
    }
  }

  /** How long a note must stay for an instance in a topic of this configuration, milliseconds. */
  private static long longestStay(Config instances) {
    long retention = Long.parseLong(value(instances, TopicConfig.RETENTION_MS_CONFIG));
    boolean deletes =
        value(instances, TopicConfig.CLEANUP_POLICY_CONFIG)
            .contains(TopicConfig.CLEANUP_POLICY_DELETE);
    if (retention < 0 || !deletes) {
      return FOR_EVER;
    }
    long segment = Long.parseLong(value(instances, TopicConfig.SEGMENT_MS_CONFIG));
    try {
      return Math.addExact(Math.addExact(retention, segment), MARGIN.toMillis());
    } catch (ArithmeticException asGoodAsForEver) {
      return FOR_EVER;
    }
  }

  private static String value(Config config, String key) {
    return config.get(key).value();
  }

  private static ConfigResource topic(String name) {
    return new ConfigResource(ConfigResource.Type.TOPIC, name);
  }
}
