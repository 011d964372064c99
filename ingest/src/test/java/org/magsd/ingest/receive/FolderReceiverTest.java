package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FolderReceiverTest {
  @TempDir Path folder;

  private final CollectingSink sink = new CollectingSink();

  private FolderReceiver receiver;

  @AfterEach
  void stop() {
    receiver.close();
  }

  private FolderReceiver start(int settleSeconds) throws Exception {
    return FolderReceiver.start(
        new FolderConfig(folder, settleSeconds, 1, 10_000), sink, ReceiveListener.none());
  }

  @Test
  void takesAFileAndMovesItToDone() throws Exception {
    SampleFiles.write(folder, 1, 100);

    receiver = start(0);
    await().until(() -> Files.exists(folder.resolve("done/00000.dcm")));

    assertThat(sink.received()).hasSize(1);
    assertThat(folder.resolve("00000.dcm")).doesNotExist();
  }

  @Test
  void putsWhatItCannotTakeAsideWithTheReason() throws Exception {
    Files.write(folder.resolve("letter.dcm"), new byte[2_000]);
    Files.write(folder.resolve("large.dcm"), new byte[10_001]);

    receiver = start(0);
    await().until(() -> Files.exists(folder.resolve("failed/letter.dcm.reason.txt")));
    await().until(() -> Files.exists(folder.resolve("failed/large.dcm.reason.txt")));

    assertThat(folder.resolve("failed/letter.dcm")).exists();
    assertThat(folder.resolve("failed/large.dcm.reason.txt")).content().contains("10000 bytes");
    assertThat(sink.received()).isEmpty();
  }

  @Test
  void leavesGrowingAndTemporaryFilesAlone() throws Exception {
    byte[] file = SampleFiles.file(SampleFiles.STUDY, "1.2.1", 100);
    Files.write(folder.resolve("a.part"), file);
    Files.write(folder.resolve(".b"), file);
    Files.write(folder.resolve("growing"), file);

    receiver = start(3_600);
    await().pollDelay(Duration.ofMillis(2_500)).until(() -> true);

    assertThat(sink.received()).isEmpty();
    assertThat(folder.resolve("growing")).exists();
  }

  @Test
  void keepsFilesWhileTheBrokerIsAwayAndTakesThemLater() throws Exception {
    SampleFiles.write(folder, 2, 100);
    sink.setAway(true);

    receiver = start(0);
    await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
    assertThat(folder.resolve("00000.dcm")).exists();
    sink.setAway(false);
    await().until(() -> Files.exists(folder.resolve("done/00001.dcm")));

    assertThat(sink.received()).hasSize(2);
  }
}
