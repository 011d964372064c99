package org.magsd.ingest.dicom;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
  /** The first example that NIST gives of the algorithm. */
  @Test
  void digestsTheExampleOfTheStandard(@TempDir Path folder) throws Exception {
    byte[] bytes = "abc".getBytes(US_ASCII);
    String digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    assertThat(Sha256.hex(bytes)).isEqualTo(digest);
    assertThat(Sha256.hex(Files.write(folder.resolve("abc"), bytes))).isEqualTo(digest);
  }
}
