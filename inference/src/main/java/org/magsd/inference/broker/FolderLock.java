package org.magsd.inference.broker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a broker's folder to one process. Kafka has a lock of its own, but takes it only after its
 * controller has written to the folder, when the broker that is at work there is broken already.
 * The system gives the lock back however the process ends; the file stays, and says nothing.
 */
final class FolderLock implements AutoCloseable {
  private static final String FILE = ".magsd.lock";

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the folder.
   *
   * @throws IOException when another has it, or it cannot be written to
   */
  static FolderLock take(Path folder) throws IOException {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new IOException(
          "the embedded broker's folder " + folder + " cannot be written to: " + e, e);
    }
    try {
      if (isLocked(channel)) {
        return new FolderLock(channel);
      }
    } catch (IOException e) {
      channel.close();
      throw new IOException(
          "the embedded broker's folder " + folder + " cannot be locked: " + e, e);
    }
    channel.close();
    throw new IOException(
        "the embedded broker's folder "
            + folder
            + " is in use by another magsd process: end that one first, or use another folder"
            + " (kafka.embedded-folder)");
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // it is this very process
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
