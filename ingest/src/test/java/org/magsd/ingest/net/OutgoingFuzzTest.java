package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.fuzz.Damage;

/**
 * Damaged files, from a fixed seed: in each syntax that is offered for one it can be sent, or there
 * is a reason why not.
 */
final class OutgoingFuzzTest {
  private static final int MOST = 5_000;
  private static final int LEAST = 1_000;
  private static final long NANOS = 20_000_000_000L;
  private static final long SEED = 20261126;
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  @TempDir private Path folder;

  private int sent;
  private int refused;

  @Test
  void onlyEverGivesTheDeclaredException() throws IOException {
    List<byte[]> files = files("src/test/resources/dicom/files");
    files.addAll(files("../config/samples"));
    long end = System.nanoTime() + NANOS;
    for (int i = 0; i < MOST && (i < LEAST || System.nanoTime() < end); i++) {
      Random random = new Random(SEED + i);
      byte[] damaged = Damage.any(files.get(i % files.size()), random);
      try {
        send(Files.write(folder.resolve("damaged.dcm"), damaged));
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError escaped) {
        throw new AssertionError("file " + i % files.size() + ", seed " + (SEED + i), escaped);
      }
    }

    assertThat(sent).isGreaterThan(LEAST);
    assertThat(refused).isGreaterThan(LEAST / 10);
  }

  private static List<byte[]> files(String name) throws IOException {
    List<byte[]> files = new ArrayList<>();
    try (Stream<Path> paths = Files.list(Path.of(name)).sorted()) {
      for (Path path : paths.filter(path -> !path.toString().matches(".*[.][a-z]{4,}")).toList()) {
        files.add(Files.readAllBytes(path));
      }
    }
    return files;
  }

  private void send(Path path) throws IOException {
    OutgoingFile file;
    try {
      file = OutgoingFile.read(PROVIDER, path);
    } catch (DicomException unusable) {
      refused++;
      return;
    }
    for (String syntax : file.syntaxes()) {
      try (OutgoingFile.Content content = file.in(TransferSyntax.of(syntax), PROVIDER)) {
        assertThat(content.stream().readAllBytes()).hasSize((int) content.length());
        sent++;
      } catch (DicomException cannotBe) {
        refused++;
      }
    }
  }
}
