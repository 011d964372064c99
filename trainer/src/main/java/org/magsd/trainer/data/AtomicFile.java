package org.magsd.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Writes a file whole or not at all: to a draft beside it, which then takes its name. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes the file, in the place of an older one; makes its folder where there is none. */
  public static void write(Path file, byte[] content) throws IOException {
    put(draft(file), file, content);
  }

  /** The same with a file that nobody but its owner may read. */
  public static void writeForOwner(Path file, byte[] content) throws IOException {
    Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
    put(Files.createTempFile(folder, "." + file.getFileName(), ".part"), file, content);
  }

  private static void put(Path draft, Path file, byte[] content) throws IOException {
    try {
      Files.write(draft, content);
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /**
   * An empty file {@code .NAME*.part} beside a file, to be written and to take its name; makes the
   * folder where there is none. Who may read it is for the process's umask to say, whereas a
   * temporary file is its owner's alone.
   */
  public static Path draft(Path file) throws IOException {
    Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
    return Files.createFile(folder.resolve("." + file.getFileName() + UUID.randomUUID() + ".part"));
  }
}
