package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Slice;

/** A film that was cut is refused, or all of its pixels are right: none is made up. */
final class TruncatedPixelsTest {
  private static final Path SAMPLES = Path.of("../config/samples");
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "03-jpeg-lossless.dcm",
        "04-jpeg-baseline.dcm",
        "05-jpeg-ls.dcm",
        "06-monochrome1-rle.dcm",
        "09-two-images-a.dcm"
      })
  void aCutFileHasNoWrongPixels(String name) throws IOException, DicomException {
    assertNeverWrong(Files.readAllBytes(SAMPLES.resolve(name)));
  }

  @Test
  void noRealFileHasWrongPixelsOnceItIsCut() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(Path.of("src/test/resources/dicom"))) {
      files = all.filter(file -> file.toString().endsWith(".dcm")).sorted().toList();
    }
    int decoded = 0;
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      try {
        PROVIDER.decode(PROVIDER.parse(bytes), 0);
      } catch (DicomException notToBeDecoded) {
        continue;
      }
      decoded++;
      assertThatCode(() -> assertNeverWrong(bytes)).as("%s", file).doesNotThrowAnyException();
    }
    assertThat(decoded).isGreaterThan(20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"03-jpeg-lossless.dcm", "04-jpeg-baseline.dcm", "05-jpeg-ls.dcm"})
  void aCutCodestreamInAWholeFragmentHasNoWrongPixels(String name)
      throws IOException, DicomException {
    DicomInstance whole = PROVIDER.parse(Files.readAllBytes(SAMPLES.resolve(name)));
    PixelFormat format = PixelFormat.of(whole.attributes());
    Slice coded = Fragments.frame((PixelData.Encapsulated) whole.pixelData(), whole, format, 0);
    short[] right = decoded(whole, coded, format);
    int refused = 0;
    for (int less = 1; less <= 64; less++) {
      Slice cut = coded.slice(0, coded.length() - less);
      try {
        assertThat(decoded(whole, cut, format)).as("%d bytes less", less).isEqualTo(right);
      } catch (DicomException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(50);
  }

  @Test
  @Tag("peer")
  void aCutProgressiveFilmHasNoWrongPixels(@TempDir Path folder)
      throws IOException, InterruptedException, DicomException {
    Path coded = folder.resolve("progressive.dcm");
    Process encoder =
        new ProcessBuilder(
                "dcmcjpeg", "+ep", SAMPLES.resolve("07-12bit-window.dcm").toString(), "" + coded)
            .redirectErrorStream(true)
            .start();
    String said = new String(encoder.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(encoder.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(encoder.exitValue()).as(said).isZero();

    assertNeverWrong(Files.readAllBytes(coded));
  }

  /** Some writers leave a fragment's end out: the file ends within it. */
  @Test
  void saysThatAFragmentClaimsMoreThanThereIs() throws IOException, DicomException {
    byte[] file = Files.readAllBytes(SAMPLES.resolve("03-jpeg-lossless.dcm"));
    DicomInstance cut = PROVIDER.parse(Arrays.copyOf(file, file.length - 20));

    assertThatThrownBy(() -> PROVIDER.decode(cut, 0))
        .isInstanceOf(DicomException.class)
        .hasMessage("pixel data truncated: the last fragment claims more bytes than there are");
  }

  private static void assertNeverWrong(byte[] file) throws DicomException {
    String right = PROVIDER.decode(PROVIDER.parse(file), 0).sha256();
    for (int part = 1; part <= 100; part++) {
      int less = part <= 60 ? Math.min(part, file.length) : file.length * (part - 60) / 41;
      byte[] cut = Arrays.copyOf(file, file.length - less);
      try {
        assertThat(PROVIDER.decode(PROVIDER.parse(cut), 0).sha256())
            .as("%d bytes less", less)
            .isEqualTo(right);
      } catch (DicomException expected) {
        assertThat(expected).hasMessageNotContaining("null");
      }
    }
  }

  private static short[] decoded(DicomInstance instance, Slice coded, PixelFormat format)
      throws DicomException {
    try {
      return switch (instance.transferSyntax().pixels()) {
        case JPEG_LS -> JpegLs.decode(coded, format).values();
        default -> Jpeg.decode(coded, format).values();
      };
    } catch (IndexOutOfBoundsException damaged) {
      throw new DicomException("damaged", damaged);
    }
  }
}
