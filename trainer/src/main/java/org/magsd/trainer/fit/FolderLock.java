package org.magsd.trainer.fit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Makes the folder of a run, or of a part of an experiment, the work of one process at a time. */
public final class FolderLock {
  private FolderLock() {}

  /** What is done in a folder. */
  public interface Work<T> {
    T run() throws IOException, InterruptedException;
  }

  /**
   * Does something in a folder that no other process has. It is free again afterwards, or when this
   * process ends, however it does.
   *
   * @param folder made where it is missing
   * @return absent if it is another's work at present, then nothing was done
   */
  public static <T> Optional<T> holding(Path folder, Work<T> work)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      return locked(channel) ? Optional.of(work.run()) : Optional.empty();
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock(); // until the channel is closed
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another thread of this process
    }
  }
}
