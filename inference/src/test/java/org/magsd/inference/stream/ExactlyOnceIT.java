package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;

/** Whatever is killed on the way: every study has one report, every bad file is rejected once. */
@Timeout(300)
class ExactlyOnceIT {
  private static final int PARTITIONS = 4;

  @TempDir Path folder;
  private EmbeddedBroker broker;
  private StudyFlow flow;

  @BeforeEach
  void start() throws Exception {
    broker =
        EmbeddedBroker.start(
            EmbeddedBroker.Settings.temporary().withDataDirectory(folder.resolve("kafka")));
    broker.createTopics(Topics.definitions(PARTITIONS, (short) 1, 1 << 20));
    flow = new StudyFlow(broker.bootstrapServers(), 0);
  }

  @AfterEach
  void stop() {
    flow.close();
    broker.close();
  }

  @Test
  void aKilledProcessLosesNothingAndRepeatsNothing() throws Exception {
    // When a process is killed twice while films keep coming
    JavaProcess first = worker("state");
    flow.send(0, 50);
    flow.awaitScreened(20);
    first.kill();
    JavaProcess second = worker("state");
    flow.send(50, 100);
    flow.awaitScreened(150);
    second.kill();
    try (JavaProcess third = worker("state")) {
      assertThat(third).isNotNull();
      flow.send(100, 150);
      flow.awaitAllOnce(150);
    }
  }

  @Test
  void aProcessThatWakesUpAfterAnotherTookOverRepeatsNothing() throws Exception {
    // Given one that has nothing left to read, and a backlog of unfinished films from before
    JavaProcess before = worker("state");
    flow.send(0, 300);
    flow.awaitScreened(20);
    before.close();
    JavaProcess first = worker("state");
    flow.awaitScreened(100);

    // When it stands still until another has its films, and then goes on
    first.freeze();
    int screened = flow.screened();
    try (JavaProcess second = worker("other")) {
      assertThat(second).isNotNull();
      flow.awaitScreened(screened + 20);
      first.thaw();
      flow.awaitAllOnce(300);
    } finally {
      first.close();
    }
  }

  @Test
  void aRestartedBrokerLosesNothingAndRepeatsNothing() throws Exception {
    try (JavaProcess worker = worker("state")) {
      assertThat(worker).isNotNull();
      flow.send(0, 100);
      flow.awaitScreened(30);

      // When the broker goes away in the middle and comes back
      int port = broker.port();
      broker.close();
      broker =
          EmbeddedBroker.start(
              EmbeddedBroker.Settings.temporary()
                  .withDataDirectory(folder.resolve("kafka"))
                  .withPort(port));
      flow.send(100, 200);
      flow.awaitAllOnce(200);
    }
  }

  @Test
  void instancesThatComeAndGoLoseNothingAndRepeatNothing() throws Exception {
    JavaProcess first = worker("first");
    flow.send(0, 70);
    flow.awaitScreened(20);

    // When another joins, then the first leaves in good order
    try (JavaProcess second = worker("second")) {
      assertThat(second).isNotNull();
      flow.send(70, 140);
      flow.awaitScreened(200);
      first.close();
      flow.send(140, 200);
      flow.awaitAllOnce(200);
    }
  }

  @Test
  void theTimersOfAKilledProcessGoOffInAnotherWithoutItsFolder() throws Exception {
    // Given studies that are screened and wait for quiet in a process that is killed
    Duration quiet = Duration.ofSeconds(20);
    JavaProcess first =
        WorkerProcess.start(broker.bootstrapServers(), folder.resolve("first"), quiet, 0);
    flow.send(0, 1);
    flow.awaitScreened(2);
    flow.send(1, 30);
    flow.awaitScreened(60);
    first.kill();
    assertThat(flow.reports()).allMatch(report -> report.startsWith(StudyFlow.study(0) + " "));

    // When another takes over, with nothing but the changelog, and no film comes any more
    try (JavaProcess second =
        WorkerProcess.start(broker.bootstrapServers(), folder.resolve("second"), quiet, 0)) {
      assertThat(second).isNotNull();
      flow.awaitAllOnce(30);
    }
  }

  @Test
  void aStandbyTakesOverWhereAnotherWasKilled() throws Exception {
    // Given two instances, of which each keeps a copy of the other's studies
    JavaProcess first =
        WorkerProcess.start(
            broker.bootstrapServers(), folder.resolve("first"), WorkerProcess.QUIET, 1);
    try (JavaProcess second =
        WorkerProcess.start(
            broker.bootstrapServers(), folder.resolve("second"), WorkerProcess.QUIET, 1)) {
      assertThat(second).isNotNull();
      flow.send(0, 60);
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> copies("first") == PARTITIONS && copies("second") == PARTITIONS);
      flow.awaitScreened(40);

      // When one is killed while films keep coming
      flow.send(60, 100);
      first.kill();
      flow.send(100, 140);
      flow.awaitAllOnce(140);
    }
  }

  /** Partitions whose studies lie in that folder, own ones and copies. */
  private long copies(String state) throws IOException {
    Path tasks = folder.resolve(state).resolve("magsd-screening");
    if (!Files.isDirectory(tasks)) {
      return 0;
    }
    try (Stream<Path> found = Files.list(tasks)) {
      return found.filter(task -> Files.isDirectory(task.resolve("rocksdb"))).count();
    }
  }

  private JavaProcess worker(String state) throws IOException {
    return WorkerProcess.start(broker.bootstrapServers(), folder.resolve(state));
  }
}
