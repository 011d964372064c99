package org.magsd.ingest.kafka;

import java.nio.file.Path;
import java.util.Map;
import org.magsd.ingest.config.Checks;

/**
 * Where instances are published. An absent (null) component means its default.
 *
 * @param bootstrapServers {@code HOST:PORT,...} of the brokers
 * @param topic default {@code dicom.instances}
 * @param indexTopic compacted topic of acknowledged SOP instance UIDs; default {@code
 *     dicom.instances.index}
 * @param inlineLimitBytes larger files go to the blob folder; default 16777216
 * @param blobFolder shared folder of files above the limit; default {@code data/blobs}
 * @param deliverySeconds patience for the broker; default 30
 * @param properties further producer and consumer settings (security, say); default none
 */
public record KafkaSinkConfig(
    String bootstrapServers,
    String topic,
    String indexTopic,
    Integer inlineLimitBytes,
    Path blobFolder,
    Integer deliverySeconds,
    Map<String, String> properties) {
  public KafkaSinkConfig {
    Checks.given("kafka.bootstrap-servers", bootstrapServers);
    topic = topic == null ? InstanceTopics.INSTANCES : topic;
    indexTopic = indexTopic == null ? InstanceTopics.INDEX : indexTopic;
    inlineLimitBytes = inlineLimitBytes == null ? InstanceTopics.INLINE_LIMIT : inlineLimitBytes;
    if (inlineLimitBytes < 1_024 || inlineLimitBytes > 512 << 20) {
      throw new IllegalArgumentException(
          "kafka.inline-limit-bytes: %d is not between 1024 and 536870912"
              .formatted(inlineLimitBytes));
    }
    blobFolder = blobFolder == null ? Path.of("data", "blobs") : blobFolder;
    deliverySeconds = deliverySeconds == null ? 30 : deliverySeconds;
    if (deliverySeconds < 1 || deliverySeconds > 3_600) {
      throw new IllegalArgumentException(
          "kafka.delivery-seconds: %d is not between 1 and 3600".formatted(deliverySeconds));
    }
    properties = properties == null ? Map.of() : Map.copyOf(properties);
  }

  /** Every default but where the brokers and the blobs are. */
  public static KafkaSinkConfig of(String bootstrapServers, Path blobFolder) {
    return new KafkaSinkConfig(bootstrapServers, null, null, null, blobFolder, null, null);
  }
}
