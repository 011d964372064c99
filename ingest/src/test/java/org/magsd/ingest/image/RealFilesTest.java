package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Real files decode to what other toolkits read: a few dozen small ones, and a folder by choice.
 */
final class RealFilesTest {
  private static final Path SMALL = Path.of("src/test/resources/dicom");

  @Test
  void smallRealFilesDecodeAsOthersDecodeThem() throws IOException {
    RealFiles files = RealFiles.decode(SMALL);

    assertThat(files.size()).isEqualTo(54);
    assertAllGood(files);
  }

  @Test
  @EnabledIfSystemProperty(
      named = "magsd.dicom",
      matches = ".+",
      disabledReason = "skipped: no folder of real files named by -Dmagsd.dicom")
  void theWholeCollectionDecodesAsOthersDecodeIt() throws IOException {
    RealFiles files = RealFiles.decode(Path.of(System.getProperty("magsd.dicom")));

    assertThat(files.size()).isPositive();
    assertAllGood(files);
  }

  private static void assertAllGood(RealFiles files) throws IOException {
    assertThat(files.wronglyRefused()).isEmpty();
    assertThat(files.badlyRefused()).isEmpty();
    assertThat(files.otherwiseDecoded()).isEmpty();
    assertThat(files.notShown()).isEmpty();
  }
}
