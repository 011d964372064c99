package org.magsd.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobStoreTest {
  private static final int SIZE = 3 << 20;

  @TempDir private Path folder;

  /** What is acknowledged a second time must be there, whatever has become of the first. */
  @Test
  void writesADamagedFileAnew() throws IOException {
    BlobStore store = new BlobStore(folder);
    byte[] bytes = new byte[SIZE];
    new Random(1).nextBytes(bytes);
    BlobReference reference = store.write(bytes);
    Path file = folder.resolve(reference.blob());
    byte[] damaged = bytes.clone();
    damaged[SIZE - 1] ^= 1;
    Files.write(file, damaged);
    assertThatThrownBy(() -> store.read(reference)).hasMessageContaining("damaged");

    assertThat(store.write(bytes)).isEqualTo(reference);

    assertThat(store.read(reference)).isEqualTo(bytes);
  }

  /** A folder put in the place of one that is away would make all that lies in that one missing. */
  @Test
  void makesItsFolderOnceAndNotAgainWhileItIsAway() throws IOException {
    Path blobs = folder.resolve("blobs");
    BlobStore store = new BlobStore(blobs);
    BlobReference reference = store.write(new byte[] {1});
    Path elsewhere = Files.move(blobs, folder.resolve("elsewhere"));

    assertThatThrownBy(() -> store.write(new byte[] {2}))
        .isInstanceOf(BlobFolderAwayException.class);
    assertThatThrownBy(() -> store.read(reference)).isInstanceOf(BlobFolderAwayException.class);

    Files.move(elsewhere, blobs);
    assertThat(store.read(reference)).containsExactly(1);
    assertThat(store.read(store.write(new byte[] {2}))).containsExactly(2);
  }

  /** What is left when a volume is not mounted. */
  @Test
  void anEmptyMountPointIsNoFolderWhoseFilesAreMissing() throws IOException {
    Path blobs = folder.resolve("blobs");
    BlobStore store = new BlobStore(blobs);
    store.prepare();
    BlobReference reference = store.write(new byte[] {1});
    Path volume = Files.move(blobs, folder.resolve("volume"));
    Files.createDirectory(blobs);

    for (BlobStore either : List.of(store, new BlobStore(blobs))) {
      either.prepare();
      assertThatThrownBy(() -> either.read(reference)).isInstanceOf(BlobFolderAwayException.class);
      assertThatThrownBy(() -> either.holds(reference)).isInstanceOf(BlobFolderAwayException.class);
    }
    assertThatThrownBy(() -> store.write(new byte[] {2}))
        .isInstanceOf(BlobFolderAwayException.class);

    Files.delete(blobs);
    Files.move(volume, blobs);
    assertThat(store.read(reference)).containsExactly(1);
    assertThat(store.holds(reference)).isTrue();
  }

  /** A process that has just begun knows nothing but what the records refer to. */
  @ParameterizedTest
  @ValueSource(strings = {"volume", "volume/blobs"})
  void anUnmarkedFolderIsAwayForWhoHasMetAReferenceToIt(String place) throws IOException {
    Path blobs = folder.resolve(place);
    BlobReference reference = new BlobStore(blobs).write(new byte[] {1});
    Path mountPoint = folder.resolve("volume");
    Path volume = Files.move(mountPoint, folder.resolve("elsewhere"));
    for (Meeting meeting :
        List.<Meeting>of(BlobStore::read, BlobStore::holds, (store, at) -> store.head(at, 9))) {
      Files.createDirectory(mountPoint);
      BlobStore store = new BlobStore(blobs);
      store.prepare();
      assertThatThrownBy(() -> meeting.with(store, reference))
          .isInstanceOf(BlobFolderAwayException.class);

      assertThatThrownBy(() -> store.write(new byte[] {2}))
          .isInstanceOf(BlobFolderAwayException.class);

      assertThat(blobs).isEmptyDirectory();
      Files.delete(blobs);
      Files.deleteIfExists(mountPoint);
      Files.move(volume, mountPoint);
      assertThat(store.read(reference)).containsExactly(1);
      assertThat(store.read(store.write(new byte[] {2}))).containsExactly(2);
      Files.move(mountPoint, volume);
    }
  }

  private interface Meeting {
    void with(BlobStore store, BlobReference reference) throws IOException;
  }

  @Test
  void aFolderThatWasMadeIsMarkedWithTheFirstFile() throws IOException {
    Path blobs = folder.resolve("blobs");
    BlobStore store = new BlobStore(blobs);
    store.prepare();
    assertThat(blobs).isEmptyDirectory();

    BlobReference reference = store.write(new byte[] {1});

    Files.delete(blobs.resolve(reference.blob()));
    assertThat(store.holds(reference)).isFalse();
  }

  /** It would be lost with them, or take for away what the first is about to mark. */
  @Test
  void aSecondFileWaitsUntilTheFirstHasMadeTheFolder() throws Exception {
    AtomicReference<BlobStore> store = new AtomicReference<>();
    CompletableFuture<BlobReference> second = new CompletableFuture<>();
    Thread another = new Thread(() -> second.complete(written(store.get(), 2)));
    List<Boolean> early = new ArrayList<>();
    BlobStore.Sync sync =
        synced -> {
          if (synced.equals(folder)) {
            another.start();
            await().until(() -> second.isDone() || another.getState() == Thread.State.BLOCKED);
            early.add(second.isDone());
          }
        };
    store.set(new BlobStore(folder.resolve("blobs"), sync));

    BlobReference first = store.get().write(new byte[] {1});

    assertThat(early).containsExactly(false);
    assertThat(store.get().read(second.get(30, TimeUnit.SECONDS))).containsExactly(2);
    assertThat(store.get().read(first)).containsExactly(1);
  }

  private static BlobReference written(BlobStore store, int content) {
    try {
      return store.write(new byte[] {(byte) content});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void ofAFolderThatIsThereAFileCanBeMissing() throws IOException {
    BlobStore store = new BlobStore(folder);
    BlobReference reference = store.write(new byte[] {1});
    Files.delete(folder.resolve(reference.blob()));

    assertThat(store.holds(reference)).isFalse();
    assertThatThrownBy(() -> store.read(reference)).hasMessageContaining("missing");
  }

  /** As of a network's volume that went away while what it said last is still remembered. */
  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "the file that cannot be read is Linux's")
  void aFileIsNotToBlameWhileNothingInItsFolderCanBeRead() throws IOException {
    Path unreadable = Path.of("/proc/self/mem"); // at its beginning: an input/output error
    BlobStore store = new BlobStore(folder);
    BlobReference reference = store.write(new byte[] {1});
    Files.delete(folder.resolve(reference.blob()));
    Files.createSymbolicLink(folder.resolve(reference.blob()), unreadable);

    assertThatThrownBy(() -> store.head(reference, 9))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(BlobFolderAwayException.class);

    Files.delete(folder.resolve(".magsd-blobs"));
    Files.createSymbolicLink(folder.resolve(".magsd-blobs"), unreadable);
    assertThatThrownBy(() -> store.head(reference, 9)).isInstanceOf(BlobFolderAwayException.class);
  }

  /** Nor is it said to be missing, which nobody knows of what cannot even be looked at. */
  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "the file that cannot be read is Linux's")
  void aFileThatCannotBeLookedAtIsNotMissing() throws IOException {
    BlobStore store = new BlobStore(folder);
    BlobReference reference = store.write(new byte[] {1});
    Path file = folder.resolve(reference.blob());
    Files.delete(file);
    Files.createSymbolicLink(file, file); // leads nowhere

    assertThatThrownBy(() -> store.read(reference))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(BlobFolderAwayException.class)
        .hasMessageNotContaining("missing");

    Files.delete(folder.resolve(".magsd-blobs"));
    Files.createSymbolicLink(folder.resolve(".magsd-blobs"), Path.of("/proc/self/mem"));
    assertThatThrownBy(() -> store.read(reference)).isInstanceOf(BlobFolderAwayException.class);
  }

  @Test
  void takesOverAFolderThatHoldsFiles() throws IOException {
    Files.createDirectories(folder.resolve("lost+found"));
    BlobStore store = new BlobStore(folder);
    store.prepare();
    BlobReference reference = new BlobStore(folder.resolve("other")).write(new byte[] {1});

    assertThat(store.holds(reference)).isFalse();
  }

  /** As a disk that is nearly full, or a network's file system, does. */
  @Test
  void keepsAllBytesWhereFewerAreTakenAtOnce() throws IOException {
    byte[] bytes = new byte[SIZE];
    new Random(1).nextBytes(bytes);
    ByteArrayOutputStream taken = new ByteArrayOutputStream();

    BlobStore.copy(bytes, new Reluctant(taken));

    assertThat(taken.toByteArray()).isEqualTo(bytes);
  }

  /** Takes so many bytes at once and no more. */
  private record Reluctant(ByteArrayOutputStream taken) implements WritableByteChannel {
    private static final int MOST = 300_001;

    @Override
    public int write(ByteBuffer bytes) {
      byte[] some = new byte[Math.min(MOST, bytes.remaining())];
      bytes.get(some);
      taken.writeBytes(some);
      return some.length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  /** A file is on the disk only when the folders that name it are. */
  @Test
  void bringsTheNamesOfFileAndFolderOntoTheDisk() throws IOException {
    List<Path> synced = new ArrayList<>();
    byte[] bytes = {1, 2, 3};
    Path part = folder.resolve(new BlobStore(folder, synced::add).write(bytes).blob()).getParent();
    assertThat(synced).containsExactly(part, folder);
    synced.clear();
    BlobStore another = new BlobStore(folder, synced::add);

    another.write(bytes);
    assertThat(synced).as("of a file that another wrote").containsExactly(part, folder);

    another.write(bytes);
    assertThat(synced).as("of a folder that is kept").containsExactly(part, folder, part);
  }

  @Test
  void bringsTheNamesOfFoldersAboveThatItMakesOntoTheDisk() throws IOException {
    List<Path> synced = new ArrayList<>();
    Path blobs = folder.resolve("a/b/blobs");
    Path[] holders = {folder.resolve("a/b"), folder.resolve("a"), folder};

    Path part = blobs.resolve(new BlobStore(blobs, synced::add).write(new byte[1]).blob());

    assertThat(synced).startsWith(holders).endsWith(part.getParent(), blobs).hasSize(5);
    synced.clear();
    new BlobStore(folder.resolve("c/blobs"), synced::add).prepare();
    assertThat(synced).containsExactly(folder.resolve("c"), folder);
  }

  @Test
  void leavesAWholeFileAsItIs() throws IOException {
    BlobStore store = new BlobStore(folder);
    byte[] bytes = {1, 2, 3};
    Path file = folder.resolve(store.write(bytes).blob());
    Object before = Files.readAttributes(file, "unix:ino").get("ino");

    store.write(bytes);

    assertThat(Files.readAttributes(file, "unix:ino").get("ino")).isEqualTo(before);
  }

  /**
   * Who deletes files older than the retention of records would delete one that a new one names.
   */
  @Test
  void aFileThatIsWrittenAgainIsAsYoungAsANewOne() throws IOException {
    BlobStore store = new BlobStore(folder);
    byte[] bytes = {1, 2, 3};
    Path file = folder.resolve(store.write(bytes).blob());
    Instant now = Instant.now();
    Files.setLastModifiedTime(file, FileTime.from(now.minus(Duration.ofDays(400))));

    store.write(bytes);

    assertThat(Files.getLastModifiedTime(file).toInstant()).isAfter(now.minusSeconds(60));
  }

  @Test
  void writesAFileAnewThatWasDeleted() throws IOException {
    BlobStore store = new BlobStore(folder);
    byte[] bytes = {1, 2, 3};
    BlobReference reference = store.write(bytes);
    Files.delete(folder.resolve(reference.blob()));

    store.write(bytes);

    assertThat(store.read(reference)).isEqualTo(bytes);
  }

  /** Several accounts may share the folder: the umask says which. */
  @Test
  void filesHaveThePermissionsOfTheUmask() throws IOException {
    BlobReference reference = new BlobStore(folder).write(new byte[] {1});

    assertThat(Files.getPosixFilePermissions(folder.resolve(reference.blob())))
        .isEqualTo(Files.getPosixFilePermissions(Files.createFile(folder.resolve("plain"))));
  }

  @Test
  void deletesDraftsOfKilledProcessesWhenItIsPrepared() throws IOException {
    Instant longAgo = Instant.now().minus(Duration.ofHours(25));
    Path part = Files.createDirectory(folder.resolve("ab"));
    Path abandoned = aged(part.resolve("abcd.part"), longAgo);
    Path inUse = aged(part.resolve("abce.part"), Instant.now());
    Path blob = aged(part.resolve("abcf.dcm"), longAgo);
    Path others = aged(folder.resolve("theirs.part"), longAgo);

    new BlobStore(folder).prepare();

    assertThat(abandoned).doesNotExist();
    assertThat(List.of(inUse, blob, others)).allMatch(Files::exists);
  }

  private static Path aged(Path file, Instant modified) throws IOException {
    return Files.setLastModifiedTime(Files.createFile(file), FileTime.from(modified));
  }
}
