package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
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
  void putsAsideWhatCannotBeReadAndTakesTheOthers() throws Exception {
    // Reading it fails with an input/output error, for everyone and for root too.
    Files.createSymbolicLink(folder.resolve("a-unreadable.dcm"), Path.of("/proc/self/mem"));
    SampleFiles.write(folder, 1, 100);

    receiver = start(0);
    await().until(() -> Files.exists(folder.resolve("done/00000.dcm")));
    await().until(() -> Files.exists(folder.resolve("failed/a-unreadable.dcm.reason.txt")));

    assertThat(folder.resolve("failed/a-unreadable.dcm.reason.txt"))
        .content()
        .contains("cannot be taken: IOException");
    assertThat(Files.isSymbolicLink(folder.resolve("failed/a-unreadable.dcm"))).isTrue();
    assertThat(folder.resolve("a-unreadable.dcm")).doesNotExist();
  }

  @Test
  void oneFileThatBreaksTheReceiverHoldsUpNoOther() throws Exception {
    SampleFiles.write(folder, 3, 100);
    InstanceSink breaking =
        instance -> {
          if (instance.sopInstanceUid().equals(SampleFiles.instance(0))) {
            throw new IllegalStateException("a mistake of ours");
          }
          if (instance.sopInstanceUid().equals(SampleFiles.instance(1))) {
            throw new OutOfMemoryError("as if it were too large");
          }
          return sink.accept(instance);
        };

    receiver =
        FolderReceiver.start(
            new FolderConfig(folder, 0, 1, 10_000), breaking, ReceiveListener.none());
    await().until(() -> Files.exists(folder.resolve("failed/00000.dcm.reason.txt")));
    await().until(() -> Files.exists(folder.resolve("failed/00001.dcm.reason.txt")));
    SampleFiles.write(Files.createDirectory(folder.resolve("later")), 1, 100);
    Files.move(folder.resolve("later/00000.dcm"), folder.resolve("later.dcm"));
    await().until(() -> Files.exists(folder.resolve("failed/later.dcm")));

    assertThat(folder.resolve("done/00002.dcm")).exists();
    assertThat(folder.resolve("failed/00001.dcm.reason.txt"))
        .content()
        .contains("OutOfMemoryError");
  }

  @Test
  void takesAGrowingFileOnceAndWhole() throws Exception {
    byte[] file = SampleFiles.file(SampleFiles.STUDY, "1.2.1", 6_000);
    Path growing = folder.resolve("growing.dcm");
    Files.write(growing, Arrays.copyOf(file, 3_000));

    receiver = start(2);
    for (int length = 4_000; length < file.length; length += 1_000) {
      await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
      Files.write(growing, Arrays.copyOf(file, length));
    }
    assertThat(sink.received()).isEmpty();
    Files.write(growing, file);
    await().until(() -> Files.exists(folder.resolve("done/growing.dcm")));

    assertThat(sink.received()).hasSize(1);
    assertThat(sink.received().get(0).part10()).isEqualTo(file);
  }

  @Test
  void keepsFilesOfOneNameApart() throws Exception {
    for (int i = 0; i < 2; i++) {
      Path hidden = folder.resolve(".incoming");
      Files.write(hidden, SampleFiles.file(SampleFiles.STUDY, "1.2." + i, 100));
      Files.move(hidden, folder.resolve("film.dcm"), StandardCopyOption.ATOMIC_MOVE);
      if (i == 0) {
        receiver = start(0);
      }
      await().until(() -> !Files.exists(folder.resolve("film.dcm")));
    }

    assertThat(folder.resolve("done/film.dcm")).exists();
    assertThat(folder.resolve("done/film.dcm.1")).exists();
    assertThat(sink.received()).hasSize(2);
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
