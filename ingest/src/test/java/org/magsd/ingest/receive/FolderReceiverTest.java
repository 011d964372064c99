package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.net.ByteBudget;
import org.slf4j.LoggerFactory;

@Timeout(180)
class FolderReceiverTest {
  @TempDir Path folder;

  private final CollectingSink sink = new CollectingSink();
  private final List<String> refusals = new CopyOnWriteArrayList<>();
  private final AtomicInteger stored = new AtomicInteger();
  private final ByteBudget budget = new ByteBudget(ByteBudget.DEFAULT);

  private FolderReceiver receiver;

  @AfterEach
  void stop() {
    receiver.close();
  }

  private FolderReceiver start(int settleSeconds) throws Exception {
    return start(settleSeconds, sink, Files::readAllBytes);
  }

  private FolderReceiver start(int settleSeconds, InstanceSink to, FolderReceiver.FileReader reader)
      throws Exception {
    return FolderReceiver.start(
        new FolderConfig(folder, settleSeconds, 1, 10_000), budget, to, new Noting(), reader);
  }

  private final class Noting implements ReceiveListener {
    @Override
    public void stored(String channel, long bytes, long ackNanos) {
      stored.incrementAndGet();
    }

    @Override
    public void refused(String channel, String reason) {
      refusals.add(reason);
    }
  }

  private static ConditionFactory waiting() {
    return await().atMost(Duration.ofSeconds(90));
  }

  @Test
  void takesAFileAndMovesItToDone() throws Exception {
    SampleFiles.write(folder, 1, 100);

    receiver = start(0);
    waiting().until(() -> Files.exists(folder.resolve("done/00000.dcm")));

    assertThat(sink.received()).hasSize(1);
    assertThat(folder.resolve("00000.dcm")).doesNotExist();
  }

  @Test
  void closesWithoutWaitingForItsNextLook() throws Exception {
    SampleFiles.write(folder, 1, 100);
    receiver =
        FolderReceiver.start(
            new FolderConfig(folder, 0, 3_600, 10_000), budget, sink, new Noting());
    waiting().until(() -> Files.exists(folder.resolve("done/00000.dcm")));
    long begun = System.nanoTime();

    receiver.close();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void saysWhetherTheFolderCanBeListed(@TempDir Path elsewhere) throws Exception {
    receiver = start(0);
    assertThat(receiver.watching()).isTrue();

    Files.move(folder, elsewhere.resolve("away"));
    waiting().until(() -> !receiver.watching());
    Files.move(elsewhere.resolve("away"), folder);

    waiting().until(receiver::watching);
    assertThat(refusals).contains("folder-away");
    receiver.close();
    assertThat(receiver.watching()).isFalse();
  }

  @Test
  void putsWhatItCannotTakeAsideWithTheReason() throws Exception {
    Files.write(folder.resolve("letter.dcm"), new byte[2_000]);
    Files.write(folder.resolve("large.dcm"), new byte[10_001]);

    receiver = start(0);
    waiting().until(() -> Files.exists(folder.resolve("failed/letter.dcm.reason.txt")));
    waiting().until(() -> Files.exists(folder.resolve("failed/large.dcm.reason.txt")));

    assertThat(folder.resolve("failed/letter.dcm")).exists();
    assertThat(folder.resolve("failed/large.dcm.reason.txt")).content().contains("10000 bytes");
    assertThat(sink.received()).isEmpty();
  }

  /** Whoever reads one sees the one or the other, never a part. */
  @Test
  void putsAReasonInThePlaceOfAnEarlierOne(@TempDir Path elsewhere) throws Exception {
    Path reason = Files.createDirectories(folder.resolve("failed")).resolve("a.dcm.reason.txt");
    Files.writeString(reason, "earlier");
    Path earlier = Files.createLink(elsewhere.resolve("link"), reason);
    Files.write(folder.resolve("a.dcm"), new byte[2_000]);

    receiver = start(0);
    waiting().untilAsserted(() -> assertThat(reason).content().contains("not a DICOM file"));

    assertThat(earlier).content().isEqualTo("earlier");
    assertThat(folder.resolve("failed")).isDirectoryNotContaining("glob:**.part");
  }

  /** The longest names are of 255 bytes: one leaves room for the reason's ending, one does not. */
  @Test
  void saysOfALongNameWhatBecameOfIt() throws Exception {
    String fits = "a".repeat(244);
    String longer = "b".repeat(250);
    for (String name : List.of(fits, longer)) {
      Files.write(folder.resolve(name), new byte[2_000]);
    }
    Logger log = (Logger) LoggerFactory.getLogger(FolderReceiver.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    log.setLevel(Level.WARN);
    try {
      receiver = start(0);
      waiting().until(() -> Files.exists(folder.resolve("failed").resolve(longer)));
      receiver.close();
    } finally {
      log.setLevel(null);
      log.detachAppender(lines);
    }

    assertThat(folder.resolve("failed").resolve(fits + ".reason.txt"))
        .content()
        .contains("not a DICOM file");
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsOnlyOnce("it was moved, but not the reason beside it: FileSystemException")
        .noneMatch(line -> line.contains("stays there"));
    assertThat(folder.resolve("failed")).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void takesAPlainFilmThatMentionsTheDeflatedSyntax() throws Exception {
    Files.write(folder.resolve("a.dcm"), SampleFiles.filmMentioningDeflated("1.2.1"));

    receiver = start(0);
    waiting().until(() -> Files.exists(folder.resolve("done/a.dcm")));

    assertThat(sink.received()).hasSize(1);
  }

  @Test
  void putsAsideWhatCannotBeReadAndTakesTheOthers() throws Exception {
    // Reading it fails with an input/output error, for everyone and for root too.
    Files.createSymbolicLink(folder.resolve("a-unreadable.dcm"), Path.of("/proc/self/mem"));
    SampleFiles.write(folder, 1, 100);

    receiver = start(0);
    waiting().until(() -> Files.exists(folder.resolve("done/00000.dcm")));
    waiting().until(() -> Files.exists(folder.resolve("failed/a-unreadable.dcm.reason.txt")));

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

    receiver = start(0, breaking, Files::readAllBytes);
    waiting().until(() -> Files.exists(folder.resolve("failed/00000.dcm.reason.txt")));
    waiting().until(() -> Files.exists(folder.resolve("failed/00001.dcm.reason.txt")));
    SampleFiles.write(Files.createDirectory(folder.resolve("later")), 1, 100);
    Files.move(folder.resolve("later/00000.dcm"), folder.resolve("later.dcm"));
    waiting().until(() -> Files.exists(folder.resolve("failed/later.dcm")));

    assertThat(folder.resolve("done/00002.dcm")).exists();
    assertThat(folder.resolve("failed/00001.dcm.reason.txt"))
        .content()
        .contains("OutOfMemoryError");
  }

  @Test
  void watchesOnWhateverARoundMet() throws Exception {
    SampleFiles.write(folder, 1, 100);
    AtomicInteger rounds = new AtomicInteger();
    ReceiveListener broken =
        new ReceiveListener() {
          @Override
          public void refused(String channel, String reason) {
            if (reason.equals("instance")) {
              throw new OutOfMemoryError("for a metric");
            }
            rounds.incrementAndGet();
          }
        };
    InstanceSink breaking =
        instance -> {
          throw new StackOverflowError("as if it were too deep");
        };

    receiver =
        FolderReceiver.start(
            new FolderConfig(folder, 0, 1, 10_000), budget, breaking, broken, Files::readAllBytes);
    waiting().until(() -> rounds.get() > 0);
    waiting().until(receiver::watching);

    assertThat(folder.resolve("00000.dcm")).exists();
  }

  /** As a large one is while there is no room for it, or its topic takes none as large. */
  @Test
  void filesThatFindNoTakerHoldUpNoOthers() throws Exception {
    SampleFiles.write(folder, 4, 100);
    List<String> refused = List.of(SampleFiles.instance(0), SampleFiles.instance(1));
    AtomicBoolean choosy = new AtomicBoolean(true);
    InstanceSink refusing =
        instance -> {
          if (choosy.get() && refused.contains(instance.sopInstanceUid())) {
            throw new SinkUnavailableException("not this one", null);
          }
          return sink.accept(instance);
        };

    receiver = start(0, refusing, Files::readAllBytes);
    waiting().until(() -> Files.exists(folder.resolve("done/00002.dcm")));
    waiting().until(() -> Files.exists(folder.resolve("done/00003.dcm")));

    assertThat(List.of("00000.dcm", "00001.dcm")).allMatch(at -> Files.exists(folder.resolve(at)));
    choosy.set(false);
    waiting().until(() -> Files.exists(folder.resolve("done/00000.dcm")));
    waiting().until(() -> Files.exists(folder.resolve("done/00001.dcm")));
  }

  @Test
  void takesAFileThatGrowsWhileItIsReadOnceAndWhole() throws Exception {
    byte[] file = SampleFiles.file(SampleFiles.STUDY, "1.2.1", 6_000);
    Path growing = Files.write(folder.resolve("growing.dcm"), Arrays.copyOf(file, 3_000));
    AtomicInteger reads = new AtomicInteger();

    receiver =
        start(
            0,
            sink,
            path -> {
              byte[] read = Files.readAllBytes(path);
              if (reads.incrementAndGet() == 1) {
                Files.write(path, file);
              }
              return read;
            });
    waiting().until(() -> Files.exists(folder.resolve("done/growing.dcm")));

    assertThat(growing).doesNotExist();
    assertThat(reads).hasValue(2);
    assertThat(refusals).isEmpty();
    assertThat(sink.received()).hasSize(1);
    assertThat(sink.received().get(0).part10()).isEqualTo(file);
  }

  @Test
  void publishesAFileAnewThatChangedWhileTheBrokerTookIt() throws Exception {
    byte[] before = SampleFiles.file(SampleFiles.STUDY, "1.2.1", 1_000);
    byte[] after = SampleFiles.file(SampleFiles.STUDY, "1.2.1", 2_000);
    Path file = Files.write(folder.resolve("changing.dcm"), before);
    InstanceSink slow =
        instance -> {
          try {
            Files.write(file, after);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return sink.accept(instance);
        };

    receiver = start(0, slow, Files::readAllBytes);
    waiting().until(() -> refusals.contains("changed"));
    waiting().until(() -> sink.received().size() > 1);

    assertThat(sink.received().get(1).part10()).isEqualTo(after);
  }

  /** Even where the folder itself is away, which looks as if the file were. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void putsAFileAsideThatIsPublishedButCannotBeMovedToDone(boolean replaced) throws Exception {
    SampleFiles.write(folder, 1, 100);
    InstanceSink breaking =
        instance -> {
          breakDone(replaced);
          return sink.accept(instance);
        };

    receiver = start(0, breaking, Files::readAllBytes);
    waiting().until(() -> Files.exists(folder.resolve("failed/00000.dcm.reason.txt")));

    assertThat(folder.resolve("failed/00000.dcm.reason.txt"))
        .content()
        .startsWith("published, but cannot be moved to done: ");
    assertThat(folder.resolve("failed/00000.dcm")).exists();
    assertThat(sink.received()).hasSize(1);
    assertThat(stored).hasValue(1);
    assertThat(refusals).isEmpty();
  }

  @Test
  void movesAPublishedFileOnceItCanBeWithoutPublishingItAgain() throws Exception {
    SampleFiles.write(folder, 2, 100);
    InstanceSink breaking =
        instance -> {
          if (sink.received().isEmpty()) {
            breakDone(true);
          }
          return sink.accept(instance);
        };

    receiver =
        start(
            0,
            breaking,
            file -> {
              if (file.endsWith("00001.dcm")) {
                Files.delete(folder.resolve("done"));
                Files.createDirectory(folder.resolve("done"));
              }
              return Files.readAllBytes(file);
            });
    waiting().until(() -> Files.exists(folder.resolve("done/00001.dcm")));
    waiting().until(() -> Files.exists(folder.resolve("done/00000.dcm")));

    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactly(SampleFiles.instance(0), SampleFiles.instance(1));
    assertThat(refusals).isEmpty();
  }

  /** As on a full disk or without the right to: nobody can move into a file or into nothing. */
  private void breakDone(boolean replaced) {
    try {
      Files.delete(folder.resolve("done"));
      if (replaced) {
        Files.createFile(folder.resolve("done"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"done", "failed"})
  void refusesAFolderOnAnotherVolume(String name) throws Exception {
    receiver = start(3_600);
    Files.delete(folder.resolve(name));
    Files.createSymbolicLink(folder.resolve(name), Path.of("/proc"));

    assertThatThrownBy(() -> start(0))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("ingest.folder.folder: ")
        .hasMessageContaining(folder.resolve(name) + " is on another volume");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void movesIntoALinkedFolderOfTheSameVolume(@TempDir Path elsewhere) throws Exception {
    Files.createSymbolicLink(folder.resolve("done"), elsewhere);
    SampleFiles.write(folder, 1, 100);

    receiver = start(0);
    waiting().until(() -> Files.exists(elsewhere.resolve("00000.dcm")));

    assertThat(elsewhere).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void putsAsideAFileThatEndsBeforeItsPixelsDo() throws Exception {
    byte[] film = SampleFiles.film("1.2.1", 64);
    Files.write(folder.resolve("half.dcm"), Arrays.copyOf(film, film.length - 2_000));
    Files.write(folder.resolve("whole.dcm"), film);

    receiver = start(0);
    waiting().until(() -> Files.exists(folder.resolve("failed/half.dcm.reason.txt")));
    waiting().until(() -> Files.exists(folder.resolve("done/whole.dcm")));

    assertThat(folder.resolve("failed/half.dcm.reason.txt"))
        .content()
        .contains("ends before its pixel data");
    assertThat(sink.received()).hasSize(1);
  }

  @Test
  void waitsUntilAFileHasStoodStill() throws Exception {
    SampleFiles.write(folder, 1, 100);
    long begun = System.nanoTime();

    receiver = start(2);
    waiting().until(() -> Files.exists(folder.resolve("done/00000.dcm")));

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(2));
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
      waiting().until(() -> !Files.exists(folder.resolve("film.dcm")));
    }

    assertThat(folder.resolve("done/film.dcm")).exists();
    assertThat(folder.resolve("done/film.dcm.1")).exists();
    assertThat(sink.received()).hasSize(2);
  }

  /** They come before the other by their names: once that one is done, they have been left. */
  @Test
  void leavesTemporaryFilesAlone() throws Exception {
    byte[] file = SampleFiles.file(SampleFiles.STUDY, "1.2.1", 100);
    Files.write(folder.resolve("a.part"), file);
    Files.write(folder.resolve("a.tmp"), file);
    Files.write(folder.resolve(".b"), file);
    Files.write(folder.resolve("c.dcm"), SampleFiles.file(SampleFiles.STUDY, "1.2.2", 100));

    receiver = start(0);
    waiting().until(() -> Files.exists(folder.resolve("done/c.dcm")));

    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactly("1.2.2");
    assertThat(folder.resolve("a.part")).exists();
    assertThat(folder.resolve("a.tmp")).exists();
    assertThat(folder.resolve(".b")).exists();
  }

  @Test
  void keepsFilesWhileTheBrokerIsAwayAndTakesThemLater() throws Exception {
    SampleFiles.write(folder, 2, 100);
    sink.setAway(true);

    receiver = start(0);
    waiting().until(() -> refusals.size() >= 2);
    assertThat(refusals).containsOnly("broker-away");
    assertThat(folder.resolve("00000.dcm")).exists();
    sink.setAway(false);
    waiting().until(() -> Files.exists(folder.resolve("done/00001.dcm")));

    assertThat(sink.received()).hasSize(2);
  }
}
