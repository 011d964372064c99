package org.magsd.ingest.kafka;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * One KRaft node on loopback, in this process or, by {@link #main}, in one of its own that can be
 * killed.
 */
public final class TestBroker implements AutoCloseable {
  private static final int NODE = 1;

  private final KafkaRaftServer server;
  private final int port;

  private TestBroker(KafkaRaftServer server, int port) {
    this.server = server;
    this.port = port;
  }

  /** Arguments: data directory, port, controller port. Runs until killed. */
  public static void main(String[] arguments) throws Exception {
    start(
        Path.of(arguments[0]),
        Integer.parseInt(arguments[1]),
        Integer.parseInt(arguments[2]),
        Map.of());
    Thread.currentThread().join();
  }

  public static TestBroker start(Path directory) throws Exception {
    return start(directory, Map.of());
  }

  /**
   * @param more settings of the broker
   */
  static TestBroker start(Path directory, Map<String, String> more) throws Exception {
    return start(directory, freePort(), freePort(), more);
  }

  private static TestBroker start(
      Path directory, int port, int controllerPort, Map<String, String> more) throws Exception {
    if (!Files.exists(directory.resolve("meta.properties"))) {
      format(directory);
    }
    Map<String, String> properties = properties(directory, port, controllerPort);
    properties.putAll(more);
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
    server.startup();
    return new TestBroker(server, port);
  }

  private static void format(Path directory) throws Exception {
    Files.createDirectories(directory);
    try (PrintStream silent =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      new Formatter()
          .setPrintStream(silent)
          .setNodeId(NODE)
          .setClusterId(Uuid.randomUuid().toString())
          .addDirectory(directory.toString())
          .setMetadataLogDirectory(directory.toString())
          .setControllerListenerName("CONTROLLER")
          .run();
    }
  }

  private static Map<String, String> properties(Path directory, int port, int controllerPort) {
    String host = "127.0.0.1:";
    Map<String, String> values = new HashMap<>();
    values.put("process.roles", "broker,controller");
    values.put("node.id", Integer.toString(NODE));
    values.put("controller.quorum.voters", NODE + "@" + host + controllerPort);
    values.put("listeners", "BROKER://" + host + port + ",CONTROLLER://" + host + controllerPort);
    values.put("advertised.listeners", "BROKER://" + host + port);
    values.put("controller.listener.names", "CONTROLLER");
    values.put("inter.broker.listener.name", "BROKER");
    values.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
    values.put("log.dirs", directory.toString());
    values.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
    values.put("socket.receive.buffer.bytes", Integer.toString(1 << 20));
    values.put("num.network.threads", "2");
    values.put("num.io.threads", "4");
    values.put("broker.session.timeout.ms", "3000");
    values.put("broker.heartbeat.interval.ms", "500");
    values.put("offsets.topic.replication.factor", "1");
    values.put("transaction.state.log.replication.factor", "1");
    values.put("transaction.state.log.min.isr", "1");
    return values;
  }

  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /** Creates the two topics with an inline limit. */
  public static void createTopics(String bootstrapServers, int inlineLimit) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      admin
          .createTopics(
              List.of(
                  InstanceTopics.instances(3, (short) 1, inlineLimit),
                  InstanceTopics.index(2, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  /** Every record of a topic, from its beginning to its present end. */
  public static List<ConsumerRecord<String, byte[]>> records(
      String bootstrapServers, String topic) {
    List<ConsumerRecord<String, byte[]>> all = new ArrayList<>();
    forEachRecord(bootstrapServers, topic, all::add);
    return all;
  }

  /** The same, one at a time. */
  public static void forEachRecord(
      String bootstrapServers,
      String topic,
      java.util.function.Consumer<ConsumerRecord<String, byte[]>> each) {
    Map<String, Object> properties =
        Map.of("bootstrap.servers", bootstrapServers, "fetch.max.bytes", 64 << 20);
    try (Consumer<String, byte[]> consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer.poll(Duration.ofMillis(200)).forEach(each);
      }
    }
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}
