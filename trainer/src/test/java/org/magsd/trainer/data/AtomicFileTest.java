package org.magsd.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.trainer.weights.Checkpoint;
import org.magsd.trainer.weights.TensorMap;

class AtomicFileTest {
  @TempDir private Path folder;
  private Path plain;

  @BeforeEach
  void needsPermissions() throws IOException {
    assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"), "no POSIX files");
    plain = Files.writeString(folder.resolve("plain"), "by the umask");
  }

  @Test
  void whoMayReadAFileIsForTheUmaskToSay() throws IOException {
    Path file = folder.resolve("sub/result.json");

    AtomicFile.write(file, new byte[] {1});
    AtomicFile.write(file, new byte[] {2});

    assertThat(file).hasBinaryContent(new byte[] {2});
    assertThat(Files.getPosixFilePermissions(file)).isEqualTo(Files.getPosixFilePermissions(plain));
    try (Stream<Path> left = Files.list(file.getParent())) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void whatHoldsSecretsIsItsOwnersAlone() throws IOException {
    Path file = folder.resolve("train.yaml");

    AtomicFile.writeForOwner(file, new byte[] {1});

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void whoMayReadACheckpointToo() throws IOException {
    Path file = folder.resolve("weights.safetensors");

    new Checkpoint(new TensorMap(Map.of()), Map.of()).save(file);

    assertThat(Files.getPosixFilePermissions(file)).isEqualTo(Files.getPosixFilePermissions(plain));
  }
}
