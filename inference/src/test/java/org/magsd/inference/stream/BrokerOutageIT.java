package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;

/** However the broker ends while studies flow: each has one current report in the end. */
@Timeout(300)
class BrokerOutageIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** More than an index file, which Kafka makes 10 MiB large, and less than the films need. */
  private static final long SMALL_DISK = 11 << 20;

  @TempDir Path folder;
  private int port;
  private JavaProcess broker;

  @BeforeEach
  void choosePort() throws Exception {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void aKilledBrokerLosesNothingAndRepeatsNothing() throws Exception {
    broker = start(OptionalLong.empty());
    try (StudyFlow flow = new StudyFlow(servers(), 0);
        JavaProcess worker = WorkerProcess.start(servers(), folder.resolve("state"))) {
      assertThat(worker).isNotNull();
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> flow.send(0, 100));
      flow.awaitScreened(30);

      broker.kill();
      CompletableFuture<Void> more = CompletableFuture.runAsync(() -> flow.send(100, 200));
      broker = BrokerProcess.start(folder.resolve("kafka"), port, OptionalLong.empty());

      sending.get(2, TimeUnit.MINUTES);
      more.get(2, TimeUnit.MINUTES);
      flow.awaitAllCurrent(200);
    }
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "the limit on files is the shell's")
  void aFullDiskLosesNothingAndRepeatsNothingOnceThereIsRoomAgain() throws Exception {
    int studies = 120;
    broker = start(OptionalLong.of(SMALL_DISK));
    try (StudyFlow flow = new StudyFlow(servers(), 250_000);
        JavaProcess worker = WorkerProcess.start(servers(), folder.resolve("state"))) {
      assertThat(worker).isNotNull();
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> flow.send(0, studies));

      await().atMost(PATIENCE).until(() -> !broker.isAlive());
      assertThat(sending).isNotDone();
      broker = BrokerProcess.start(folder.resolve("kafka"), port, OptionalLong.empty());

      sending.get(2, TimeUnit.MINUTES);
      flow.awaitAllCurrent(studies);
    }
  }

  private String servers() {
    return "127.0.0.1:" + port;
  }

  private JavaProcess start(OptionalLong largestFile) throws Exception {
    JavaProcess started = BrokerProcess.start(folder.resolve("kafka"), port, largestFile);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers()))) {
      admin.describeCluster().nodes().get(60, TimeUnit.SECONDS);
      EmbeddedBroker.createMissing(admin, Topics.definitions(4, (short) 1, 1 << 20));
    }
    return started;
  }
}
