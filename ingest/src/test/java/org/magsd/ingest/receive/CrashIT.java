package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.kafka.InstanceTopics;
import org.magsd.ingest.kafka.KafkaInstanceIndex;
import org.magsd.ingest.kafka.KafkaSinkConfig;
import org.magsd.ingest.kafka.TestBroker;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.StoreScu;

/**
 * Receiver and broker are killed, as by {@code kill -9}, each while instances arrive, and started
 * again: nothing a sender was told is stored may be missing from the topic or from the index that
 * storage commitment is answered from.
 */
@Timeout(300)
class CrashIT {
  private static final int FILES = 2_000;
  private static final List<String> HEAP = List.of("-Xmx512m");

  @TempDir Path directory;

  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private Processes processes;

  @BeforeEach
  void prepare() {
    processes = new Processes(directory);
  }

  @AfterEach
  void killAll() throws InterruptedException {
    processes.killAll();
  }

  @Test
  void losesNothingAcknowledgedWhenReceiverAndBrokerAreKilled() throws Exception {
    int brokerPort = TestBroker.freePort();
    int controllerPort = TestBroker.freePort();
    int receiverPort = TestBroker.freePort();
    String servers = "127.0.0.1:" + brokerPort;
    Process broker = broker(brokerPort, controllerPort);
    ReceiverProcess.awaitOpen(brokerPort);
    TestBroker.createTopics(servers, ReceiverProcess.INLINE_LIMIT);
    Process receiver = receiver(receiverPort, servers);
    ReceiverProcess.awaitOpen(receiverPort);
    List<Path> files = SampleFiles.write(directory.resolve("files"), FILES, 2_000);

    Thread sender = new Thread(() -> send(files, receiverPort), "sender");
    sender.start();
    awaitAcknowledged(FILES / 4);
    kill(receiver);
    receiver(receiverPort, servers);
    awaitAcknowledged(FILES / 2);
    kill(broker);
    broker(brokerPort, controllerPort);
    sender.join();

    Set<String> stored =
        TestBroker.records(servers, InstanceTopics.INSTANCES).stream()
            .map(record -> record.headers().lastHeader("sop-instance-uid").value())
            .map(value -> new String(value, StandardCharsets.UTF_8))
            .collect(Collectors.toSet());
    assertThat(acknowledged).as("acknowledged").hasSize(FILES);
    assertThat(stored).containsAll(acknowledged);
    KafkaSinkConfig config = KafkaSinkConfig.of(servers, directory.resolve("blobs"));
    assertThat(new KafkaInstanceIndex(config).find(acknowledged).keySet())
        .containsAll(acknowledged);
  }

  private void send(List<Path> files, int port) {
    ScuConfig peer = ScuConfig.to("MAGSD@127.0.0.1:" + port).trying(12, Duration.ofMillis(200));
    try {
      new StoreScu(peer)
          .send(
              files,
              2,
              outcome -> {
                if (outcome instanceof SendOutcome.Stored stored) {
                  acknowledged.add(stored.sopInstanceUid());
                }
              });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitAcknowledged(int count) throws InterruptedException {
    while (acknowledged.size() < count) {
      Thread.sleep(5);
    }
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  private Process broker(int port, int controllerPort) throws Exception {
    return processes.java(HEAP, TestBroker.class, directory.resolve("kafka"), port, controllerPort);
  }

  private Process receiver(int port, String servers) throws Exception {
    return processes.java(
        HEAP, ReceiverProcess.class, port, servers, directory.resolve("blobs"), 10, 64 << 20);
  }
}
