package org.magsd.inference.broker;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * One KRaft node on loopback with rights: those who name themselves have what they are granted; its
 * operator, by a listener of his own, has all.
 */
public final class SecuredBroker implements AutoCloseable {
  private static final String USER = "magsd";
  private static final String LOGIN =
      "org.apache.kafka.common.security.plain.PlainLoginModule required ";

  private final KafkaRaftServer server;
  private final Admin operator;
  private final int port;

  private SecuredBroker(KafkaRaftServer server, Admin operator, int port) {
    this.server = server;
    this.operator = operator;
    this.port = port;
  }

  public static SecuredBroker start(Path directory) throws Exception {
    int port = freePort();
    int operatorPort = freePort();
    format(directory);
    KafkaRaftServer server =
        new KafkaRaftServer(
            new KafkaConfig(properties(directory, port, operatorPort, freePort()), false),
            Time.SYSTEM);
    server.startup();
    Admin operator = Admin.create(Map.of("bootstrap.servers", at(operatorPort)));
    return new SecuredBroker(server, operator, port);
  }

  private static void format(Path directory) throws Exception {
    try (PrintStream silent =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      new Formatter()
          .setPrintStream(silent)
          .setNodeId(1)
          .setClusterId(Uuid.randomUuid().toString())
          .addDirectory(directory.toString())
          .setMetadataLogDirectory(directory.toString())
          .setControllerListenerName("CONTROLLER")
          .run();
    }
  }

  private static Map<String, String> properties(
      Path directory, int port, int operatorPort, int controllerPort) {
    String listeners = "CLIENT://" + at(port) + ",OPERATOR://" + at(operatorPort);
    Map<String, String> values = new HashMap<>();
    values.put("process.roles", "broker,controller");
    values.put("node.id", "1");
    values.put("controller.quorum.voters", "1@" + at(controllerPort));
    values.put("listeners", listeners + ",CONTROLLER://" + at(controllerPort));
    values.put("advertised.listeners", listeners);
    values.put("controller.listener.names", "CONTROLLER");
    values.put("inter.broker.listener.name", "OPERATOR");
    values.put(
        "listener.security.protocol.map",
        "CLIENT:SASL_PLAINTEXT,OPERATOR:PLAINTEXT,CONTROLLER:PLAINTEXT");
    values.put("sasl.enabled.mechanisms", "PLAIN");
    values.put(
        "listener.name.client.plain.sasl.jaas.config", LOGIN + "user_" + USER + "=\"secret\";");
    values.put("authorizer.class.name", StandardAuthorizer.class.getName());
    values.put("super.users", "User:ANONYMOUS");
    values.put("log.dirs", directory.toString());
    values.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
    values.put("auto.create.topics.enable", "false");
    values.put("message.max.bytes", Integer.toString(17 << 20));
    values.put("offsets.topic.replication.factor", "1");
    values.put("transaction.state.log.replication.factor", "1");
    values.put("transaction.state.log.min.isr", "1");
    values.put("num.network.threads", "2");
    values.put("num.io.threads", "4");
    return values;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String at(int port) {
    return "127.0.0.1:" + port;
  }

  public String bootstrapServers() {
    return at(port);
  }

  /** How the user logs in. */
  public Map<String, String> login() {
    return Map.of(
        "security.protocol", "SASL_PLAINTEXT",
        "sasl.mechanism", "PLAIN",
        "sasl.jaas.config", LOGIN + "username=\"" + USER + "\" password=\"secret\";");
  }

  /** The operator's own creation; returns when the node tells of the topics. */
  public void create(Collection<NewTopic> topics) throws Exception {
    operator.createTopics(topics).all().get(30, TimeUnit.SECONDS);
    Set<String> names = topics.stream().map(NewTopic::name).collect(Collectors.toSet());
    await().until(() -> operator.listTopics().names().get().containsAll(names));
  }

  /** Grants the user operations on all topics; returns when the node knows. */
  public void grantOnTopics(AclOperation... operations) throws Exception {
    ResourcePattern all = new ResourcePattern(ResourceType.TOPIC, "*", PatternType.LITERAL);
    List<AclBinding> grants =
        Stream.of(operations)
            .map(
                operation ->
                    new AccessControlEntry("User:" + USER, "*", operation, AclPermissionType.ALLOW))
            .map(entry -> new AclBinding(all, entry))
            .toList();
    operator.createAcls(grants).all().get(30, TimeUnit.SECONDS);
    await()
        .until(
            () -> operator.describeAcls(AclBindingFilter.ANY).values().get().containsAll(grants));
  }

  @Override
  public void close() {
    operator.close();
    server.shutdown();
    server.awaitShutdown();
  }
}
