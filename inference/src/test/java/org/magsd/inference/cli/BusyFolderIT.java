package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.broker.EmbeddedBroker;

/** A folder that another process works in. */
@Timeout(180)
class BusyFolderIT {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"run", "replay"})
  void ofABrokerIsLeftAloneBySecondProcesses(String command) throws Exception {
    Path kafka = folder.resolve("kafka");
    EmbeddedBroker.Settings settings = EmbeddedBroker.Settings.temporary().withDataDirectory(kafka);
    try (EmbeddedBroker first = EmbeddedBroker.start(settings)) {
      try (MagsdProcess second =
          MagsdProcess.start(folder.resolve("said"), command, "--config=" + config())) {
        assertThat(second.hasEndedWithin(60)).as("second process has ended").isTrue();

        assertThat(second.exit()).isEqualTo(1);
        assertThat(second.said())
            .contains("magsd: the embedded broker's folder " + kafka + " is in use by another")
            .doesNotContain("\tat ");
      }
      first.createTopics(List.of(new NewTopic("films", 1, (short) 1)));
    }
  }

  @Test
  void ofTheTopologysStateIsNamed() throws Exception {
    Path state = Files.createDirectories(folder.resolve("state/magsd-screening"));
    try (FileChannel first =
            FileChannel.open(
                state.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = first.lock();
        MagsdProcess second =
            MagsdProcess.start(
                folder.resolve("said"), "run", "--only=inference", "--config=" + config())) {
      assertThat(held.isValid()).isTrue();
      assertThat(second.hasEndedWithin(120)).as("second process has ended").isTrue();

      assertThat(second.exit()).isEqualTo(1);
      assertThat(second.said())
          .contains("magsd: inference.state-folder: " + folder.resolve("state") + " is in use")
          .doesNotContain("\tat ");
    }
  }

  private Path config() throws Exception {
    return Files.writeString(
        folder.resolve("magsd.yaml"),
        """
        kafka: {embedded-folder: "%1$s/kafka", blob-folder: "%1$s/blobs"}
        inference: {model: "%2$s", device: cpu, state-folder: "%1$s/state"}
        http: {port: 0}
        """
            .formatted(folder, Path.of("..", "config", "models", "magsd-r18-cxr3").toRealPath()));
  }
}
