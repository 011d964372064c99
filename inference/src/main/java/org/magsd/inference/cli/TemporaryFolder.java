package org.magsd.inference.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.magsd.inference.FolderTree;

/** A folder that is gone with everything in it when it is closed. */
record TemporaryFolder(Path path) implements AutoCloseable {
  static TemporaryFolder create(String prefix) throws IOException {
    return new TemporaryFolder(Files.createTempDirectory(prefix));
  }

  @Override
  public void close() throws IOException {
    FolderTree.delete(path);
  }
}
