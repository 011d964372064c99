package org.magsd.inference.service;

import static org.magsd.inference.service.Require.inRange;
import static org.magsd.inference.service.Require.orElse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.magsd.inference.stream.Replay;
import org.magsd.ingest.config.Checks;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.ingest.kafka.InstanceTopics;
import org.magsd.ingest.kafka.KafkaSinkConfig;

/**
 * The Kafka the service uses. An absent (null) component means its default.
 *
 * @param bootstrapServers {@code HOST:PORT,...}; empty: the embedded broker; default empty
 * @param embeddedPort port of the embedded broker, 0 to 65535 (0: any free one); default 0
 * @param embeddedFolder data of the embedded broker; default data/kafka
 * @param partitions of topics that are created, 1 to 1000; default 8
 * @param replication of topics that are created, 1 to 10; default 1
 * @param inlineLimitBytes larger files go to the blob folder, 1024 to 536870912; default 16777216
 * @param blobFolder shared folder of larger files; default data/blobs
 * @param deliverySeconds patience for the brokers' acknowledgement, 1 to 3600; default 30
 * @param properties further client settings (security, say), none of those that the service sets
 *     itself; default none
 */
public record KafkaSettings(
    String bootstrapServers,
    Integer embeddedPort,
    Path embeddedFolder,
    Integer partitions,
    Integer replication,
    Integer inlineLimitBytes,
    Path blobFolder,
    Integer deliverySeconds,
    Map<String, String> properties) {
  private static final String KEY = "kafka.";

  public KafkaSettings {
    bootstrapServers = orElse(bootstrapServers, "").strip();
    for (String server : bootstrapServers.split(",")) {
      if (!server.isBlank()) {
        Checks.hostAndPort(KEY + "bootstrap-servers", server.strip());
      }
    }
    embeddedPort = inRange(KEY + "embedded-port", orElse(embeddedPort, 0), 0, 65_535);
    embeddedFolder = Home.resolve(orElse(embeddedFolder, Path.of("data", "kafka")));
    partitions = inRange(KEY + "partitions", orElse(partitions, 8), 1, 1_000);
    replication = inRange(KEY + "replication", orElse(replication, 1), 1, 10);
    inlineLimitBytes =
        inRange(
            KEY + "inline-limit-bytes",
            orElse(inlineLimitBytes, InstanceTopics.INLINE_LIMIT),
            1_024,
            512 << 20);
    blobFolder = Home.resolve(orElse(blobFolder, Path.of("data", "blobs")));
    deliverySeconds = inRange(KEY + "delivery-seconds", orElse(deliverySeconds, 30), 1, 3_600);
    properties = KafkaProperties.checked(orElse(properties, Map.of()));
  }

  /** Whether the broker runs inside this process. */
  public boolean embedded() {
    return bootstrapServers.isEmpty();
  }

  /** The largest record everybody must let pass, bytes. */
  public int maxRecordBytes() {
    return InstanceTopics.maxRecordBytes(inlineLimitBytes);
  }

  /** The same with these brokers. */
  public KafkaSettings at(String servers) {
    return new KafkaSettings(
        servers,
        embeddedPort,
        embeddedFolder,
        partitions,
        replication,
        inlineLimitBytes,
        blobFolder,
        deliverySeconds,
        properties);
  }

  /** The same with all data below a folder and the embedded broker on any free port. */
  public KafkaSettings below(Path folder) {
    return new KafkaSettings(
        bootstrapServers,
        0,
        folder.resolve("kafka"),
        partitions,
        replication,
        inlineLimitBytes,
        folder.resolve("blobs"),
        deliverySeconds,
        properties);
  }

  /**
   * A replay over these brokers.
   *
   * @throws IOException when no client can be made, as where the brokers' hosts are unknown
   */
  public Replay replay() throws IOException {
    try {
      return new Replay(client(), maxRecordBytes(), BlobStore.ofMarked(blobFolder));
    } catch (KafkaException e) {
      throw new IOException(reason(e), e);
    }
  }

  /** Of a client that could not be made: the client says only that, its cause says why. */
  static String reason(KafkaException failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /** Whether a client cannot be made of the settings it was given. */
  static boolean isOfSettings(KafkaException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigException) {
        return true;
      }
    }
    return false;
  }

  /** The keys of {@link #properties} that only a plug-in may know, if any does. */
  List<String> unknownProperties() {
    return KafkaProperties.unknown(properties);
  }

  KafkaSinkConfig sink() {
    return new KafkaSinkConfig(
        bootstrapServers, null, null, inlineLimitBytes, blobFolder, deliverySeconds, properties);
  }

  /** Settings every client shares. */
  public Map<String, Object> client() {
    Map<String, Object> client = new HashMap<>(properties);
    client.put("bootstrap.servers", bootstrapServers);
    return client;
  }
}
