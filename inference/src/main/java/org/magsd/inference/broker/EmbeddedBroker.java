package org.magsd.inference.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.magsd.inference.FolderTree;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker inside this process: one KRaft node that is broker and controller (combined
 * mode), on loopback. The demo and {@code run} without a configured Kafka use it, and the
 * integration tests. Records survive a restart on the same data directory; a temporary one is
 * deleted on {@link #close()}.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final String HOST = "127.0.0.1";
  private static final long ANSWER_SECONDS = 30;
  private static final int NODE = 1;

  private final KafkaRaftServer server;
  private final FolderLock lock;
  private final Path dataDirectory;
  private final boolean temporary;
  private final int port;

  /**
   * How to start.
   *
   * @param dataDirectory where the log lies; a temporary directory where empty
   * @param port the listener's port; 0 takes a free one
   * @param maxMessageBytes the largest record batch the broker takes, in bytes
   */
  public record Settings(Optional<Path> dataDirectory, int port, int maxMessageBytes) {
    public Settings {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("port " + port + " is not in 0..65535");
      }
      if (maxMessageBytes < 1024) {
        throw new IllegalArgumentException("maxMessageBytes " + maxMessageBytes + " is below 1024");
      }
    }

    /** A temporary broker on a free port that takes objects up to the default inline limit. */
    public static Settings temporary() {
      return new Settings(Optional.empty(), 0, 17 * 1024 * 1024);
    }

    public Settings withDataDirectory(Path directory) {
      return new Settings(Optional.of(directory), port, maxMessageBytes);
    }

    public Settings withPort(int value) {
      return new Settings(dataDirectory, value, maxMessageBytes);
    }
  }

  private EmbeddedBroker(
      KafkaRaftServer server, FolderLock lock, Path directory, boolean temporary, int port) {
    this.server = server;
    this.lock = lock;
    this.dataDirectory = directory;
    this.temporary = temporary;
    this.port = port;
  }

  /**
   * Formats the data directory where it is new, starts the node and returns once it takes requests.
   *
   * @throws IOException when the directory cannot be used, another process uses it, or the port is
   *     taken
   */
  public static EmbeddedBroker start(Settings settings) throws IOException {
    boolean temporary = settings.dataDirectory().isEmpty();
    Path directory =
        temporary
            ? Files.createTempDirectory("magsd-kafka-")
            : Files.createDirectories(settings.dataDirectory().get());
    FolderLock lock = FolderLock.take(directory);
    try {
      return start(settings, lock, directory, temporary);
    } catch (IOException | RuntimeException e) {
      release(lock);
      throw e;
    }
  }

  private static EmbeddedBroker start(
      Settings settings, FolderLock lock, Path directory, boolean temporary) throws IOException {
    int port;
    int controllerPort;
    try (ServerSocket broker = bind(settings.port());
        ServerSocket controller = bind(0)) {
      port = broker.getLocalPort();
      controllerPort = controller.getLocalPort();
    }
    long start = System.nanoTime();
    KafkaRaftServer server =
        startUp(directory, properties(settings, directory, port, controllerPort));
    LOG.info(
        "embedded broker on {}:{} ready after {} ms, data in {}",
        HOST,
        port,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start),
        directory);
    return new EmbeddedBroker(server, lock, directory, temporary, port);
  }

  /**
   * On a thread of its own: a broker that is interrupted while it opens its log takes the disk for
   * broken. An interrupt of the caller waits until it has been started.
   */
  private static KafkaRaftServer startUp(Path directory, Map<String, String> properties)
      throws IOException {
    FutureTask<KafkaRaftServer> start =
        new FutureTask<>(
            () -> {
              format(directory);
              KafkaRaftServer server =
                  new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
              server.startup();
              return server;
            });
    new Thread(start, "magsd-broker-start").start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return start.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      String why =
          e.getCause() instanceof IOException unformatted
              ? unformatted.getMessage()
              : "the embedded broker did not start in " + directory;
      throw new IOException(why, e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static ServerSocket bind(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw new IOException("port " + port + " for the embedded broker: " + e.getMessage(), e);
    }
  }

  private static void format(Path directory) throws IOException {
    if (Files.exists(directory.resolve("meta.properties"))) {
      return;
    }
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
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("cannot format " + directory + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, String> properties(
      Settings settings, Path directory, int port, int controllerPort) {
    Map<String, String> values = new HashMap<>();
    values.put("process.roles", "broker,controller");
    values.put("node.id", Integer.toString(NODE));
    values.put("controller.quorum.voters", NODE + "@" + HOST + ":" + controllerPort);
    values.put(
        "listeners",
        "BROKER://" + HOST + ":" + port + ",CONTROLLER://" + HOST + ":" + controllerPort);
    values.put("advertised.listeners", "BROKER://" + HOST + ":" + port);
    values.put("controller.listener.names", "CONTROLLER");
    values.put("inter.broker.listener.name", "BROKER");
    values.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
    values.put("log.dirs", directory.toString());
    values.put("message.max.bytes", Integer.toString(settings.maxMessageBytes()));
    values.put("socket.request.max.bytes", Integer.toString(largestRequest(settings)));
    values.put("replica.fetch.max.bytes", Integer.toString(settings.maxMessageBytes()));
    values.put("auto.create.topics.enable", "false");
    // One node: every internal topic has one replica, and few partitions start faster.
    for (String topic :
        List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
      values.put(topic + ".replication.factor", "1");
      values.put(topic + ".num.partitions", "4");
    }
    values.put("transaction.state.log.min.isr", "1");
    values.put("share.coordinator.state.topic.min.isr", "1");
    values.put("group.initial.rebalance.delay.ms", "0");
    values.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 * 1024 * 1024));
    // A producer that begins a transaction while its last one is being completed waits here, rather
    // than being refused and sending again: on a busy machine completing takes longer than 100 ms.
    values.put("add.partitions.to.txn.retry.backoff.max.ms", "5000");
    // Films are large: read and sent in few pieces, not 100 KiB at a time.
    values.put("socket.receive.buffer.bytes", Integer.toString(1 << 20));
    values.put("socket.send.buffer.bytes", Integer.toString(1 << 20));
    values.put("num.network.threads", "2");
    values.put("num.io.threads", "4");
    return values;
  }

  /** Kafka's default, or a record of the largest size and what comes with it. */
  private static int largestRequest(Settings settings) {
    return (int)
        Math.min(Integer.MAX_VALUE, Math.max(100L << 20, settings.maxMessageBytes() + (1L << 20)));
  }

  /** {@code host:port}, as clients expect it. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  public int port() {
    return port;
  }

  public Path dataDirectory() {
    return dataDirectory;
  }

  /** Creates the topics that are not there yet. */
  public void createTopics(Collection<NewTopic> topics) {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
      createMissing(admin, topics);
    }
  }

  /**
   * Creates the topics that are not there yet and waits until their brokers take records for them.
   * A producer that sends several at a time before that may lose the first for good: those behind
   * it are taken, and then it is out of order.
   *
   * <p>Brokers refuse who may not create topics before they look whether there is anything to
   * create: so they are asked only for what is missing.
   *
   * @throws IllegalStateException when the broker refuses or does not answer within 30 seconds
   */
  public static void createMissing(Admin admin, Collection<NewTopic> topics) {
    Set<String> present = answer("listing the topics", admin.listTopics().names());
    List<NewTopic> missing =
        topics.stream().filter(topic -> !present.contains(topic.name())).toList();
    var results = admin.createTopics(missing).values();
    Map<TopicPartition, OffsetSpec> created = new HashMap<>();
    List<String> forbidden = new ArrayList<>();
    for (NewTopic topic : missing) {
      switch (creation(topic.name(), results.get(topic.name()))) {
        case DONE -> {
          for (int partition = 0; partition < topic.numPartitions(); partition++) {
            created.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
          }
        }
        case DONE_BY_OTHERS -> {} // who have just been started as well
        case FORBIDDEN -> forbidden.add(topic.name());
      }
    }
    if (!forbidden.isEmpty()) {
      throw new IllegalStateException(
          "there is no right to create topics, and these must be created beforehand (or are not"
              + " to be seen): "
              + String.join(", ", forbidden));
    }
    if (!created.isEmpty()) {
      awaitLeaders(admin, created);
    }
  }

  /** A broker may not have heard of a topic that another, or its own controller, has created. */
  private static void awaitLeaders(Admin admin, Map<TopicPartition, OffsetSpec> created) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
    while (true) {
      try {
        answer("asking for new topics", admin.listOffsets(created).all());
        return;
      } catch (IllegalStateException e) {
        boolean later = e.getCause() instanceof RetriableException && System.nanoTime() < deadline;
        if (!later) {
          throw e;
        }
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  /** What became of a topic. */
  private enum Creation {
    DONE,
    DONE_BY_OTHERS,
    FORBIDDEN
  }

  private static Creation creation(String topic, KafkaFuture<Void> creation) {
    try {
      answer("creating topic " + topic, creation);
      return Creation.DONE;
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return Creation.DONE_BY_OTHERS;
      }
      if (e.getCause() instanceof AuthorizationException) {
        return Creation.FORBIDDEN;
      }
      throw e;
    }
  }

  private static <T> T answer(String what, KafkaFuture<T> result) {
    try {
      return result.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + what, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(what + " failed: " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer within " + ANSWER_SECONDS + " s on " + what, e);
    }
  }

  /** Stops the node; deletes the data where the directory was temporary. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
    release(lock);
    if (temporary) {
      delete(dataDirectory);
    }
  }

  private static void release(FolderLock lock) {
    try {
      lock.close();
    } catch (IOException e) {
      LOG.warn("the lock of the embedded broker's folder stays: {}", e.toString());
    }
  }

  private static void delete(Path directory) {
    try {
      FolderTree.delete(directory);
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}", directory, e.toString());
    }
  }
}
