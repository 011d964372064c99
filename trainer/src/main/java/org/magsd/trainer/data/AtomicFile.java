package org.magsd.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a file whole or not at all: to a draft beside it, which then takes its name. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes the file, in the place of an older one; makes its folder where there is none. */
  public static void write(Path file, byte[] content) throws IOException {
    Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
    Path draft = Files.createTempFile(folder, "." + file.getFileName(), ".part");
    try {
      Files.write(draft, content);
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }
}
