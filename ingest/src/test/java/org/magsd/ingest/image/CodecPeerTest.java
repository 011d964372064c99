package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** What dcmtk compresses, this decodes to the bit as dcmtk does. Made-up films, a fixed seed. */
@Tag("peer")
final class CodecPeerTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "dcmcrle, '', dcmdrle",
    "dcmcrle, +fs 1 -ot, dcmdrle",
    "dcmcjpls, +el, dcmdjpls",
    "dcmcjpls, +el +fs 1 -ot, dcmdjpls",
    "dcmcjpls, +el +t1 5 +t2 11 +t3 40 +rs 31, dcmdjpls",
    "dcmcjpls, +en +md 2, dcmdjpls",
    "dcmcjpls, +en +md 7, dcmdjpls",
    "dcmcjpeg, +e1, dcmdjpeg",
    "dcmcjpeg, +el +sv 2, dcmdjpeg",
    "dcmcjpeg, +el +sv 1 +pt 1, dcmdjpeg",
    "dcmcjpeg, +el +sv 6 +pt 1 +fs 1, dcmdjpeg",
    "dcmcjpeg, +el +sv 3, dcmdjpeg",
    "dcmcjpeg, +el +sv 4, dcmdjpeg",
    "dcmcjpeg, +el +sv 5, dcmdjpeg",
    "dcmcjpeg, +el +sv 6, dcmdjpeg",
    "dcmcjpeg, +el +sv 7, dcmdjpeg",
    "dcmcjpeg, +eb, dcmdjpeg",
    "dcmcjpeg, +ee, dcmdjpeg",
    "dcmcjpeg, +es, dcmdjpeg",
    "dcmcjpeg, +ep, dcmdjpeg",
  })
  void decodesGreyAsDcmtkDoes(String encoder, String options, String decoder)
      throws IOException, InterruptedException, DicomException {
    for (int bits : new int[] {2, 7, 8, 10, 12, 15, 16}) {
      boolean lossy = List.of("+eb", "+ee", "+es", "+ep").contains(options);
      boolean tooDeep = lossy && bits > (options.equals("+eb") ? 8 : 12);
      // Below 8 bits dcmtk's encoder takes its thresholds by the formula for MAXVAL >= 128, against
      // T.87 C.2.4.1.1.1; lossless it codes the whole byte.
      boolean tooShallow = options.startsWith("+en") && bits < 8;
      if (tooDeep || tooShallow) {
        continue;
      }
      Path plain = grey(61, 47, bits);
      assertSame(plain, encoder, options, decoder, bits + " bits");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "dcmcrle, '', dcmdrle",
    "dcmcjpls, +el +in, dcmdjpls",
    "dcmcjpls, +el +il, dcmdjpls",
    "dcmcjpls, +el +is, dcmdjpls",
    "dcmcjpls, +en +il, dcmdjpls",
    "dcmcjpls, +en +is, dcmdjpls",
    "dcmcjpeg, +e1, dcmdjpeg",
  })
  void decodesColourAsDcmtkDoes(String encoder, String options, String decoder)
      throws IOException, InterruptedException, DicomException {
    assertSame(colour(53, 38), encoder, options, decoder, "colour");
  }

  private void assertSame(
      Path plain, String encoder, String options, String decoder, String description)
      throws IOException, InterruptedException, DicomException {
    Path coded = folder.resolve("coded.dcm");
    Path decoded = folder.resolve("decoded.dcm");
    List<String> command = new ArrayList<>(List.of(encoder));
    if (!options.isEmpty()) {
      command.addAll(List.of(options.split(" ")));
    }
    command.addAll(List.of(plain.toString(), coded.toString()));
    run(command);
    run(List.of(decoder, coded.toString(), decoded.toString()));

    StoredFrame ours = PROVIDER.decode(PROVIDER.parse(coded), 0);

    StoredFrame theirs = PROVIDER.decode(PROVIDER.parse(decoded), 0);
    assertThat(ours.bytes()).as(description).isEqualTo(theirs.bytes());
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command + ": " + output).isZero();
  }

  private Path grey(int columns, int rows, int bits) throws IOException {
    int allocated = bits <= 8 ? 8 : 16;
    AttributesBuilder header =
        TestImages.header(columns, rows, allocated)
            .integers(org.magsd.ingest.dicom.Tag.BITS_STORED, bits)
            .integers(org.magsd.ingest.dicom.Tag.HIGH_BIT, bits - 1);
    int[] values = film(columns, rows, (1 << bits) - 1);
    return write(header, values, allocated);
  }

  private Path colour(int columns, int rows) throws IOException {
    AttributesBuilder header =
        TestImages.header(columns, rows, 8)
            .text(org.magsd.ingest.dicom.Tag.PHOTOMETRIC_INTERPRETATION, "RGB")
            .integers(org.magsd.ingest.dicom.Tag.SAMPLES_PER_PIXEL, 3)
            .integers(org.magsd.ingest.dicom.Tag.PLANAR_CONFIGURATION, 0);
    return write(header, film(columns * 3, rows, 255), 8);
  }

  private Path write(AttributesBuilder header, int[] values, int allocated) throws IOException {
    byte[] bytes = new byte[values.length * allocated / 8];
    for (int i = 0; i < values.length; i++) {
      for (int b = 0; b < allocated / 8; b++) {
        bytes[i * allocated / 8 + b] = (byte) (values[i] >> (8 * b));
      }
    }
    header.bytes(org.magsd.ingest.dicom.Tag.PIXEL_DATA, allocated == 8 ? Vr.OB : Vr.OW, bytes);
    byte[] data = DataSets.write(header.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] file =
        Part10Writer.file(
            "1.2.840.10008.5.1.4.1.1.7",
            "1.2.3.4",
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
            Optional.empty(),
            data);
    return Files.write(folder.resolve("plain.dcm"), file);
  }

  /** Flat parts for runs, a slope, and noise over the whole range. */
  private static int[] film(int columns, int rows, int max) {
    Random random = new Random(columns * 31L + max);
    int[] values = new int[columns * rows];
    for (int i = 0; i < values.length; i++) {
      int row = i / columns;
      if (row < rows / 3) {
        values[i] = i % 97 < 60 ? 0 : max;
      } else if (row < 2 * rows / 3) {
        long slope = (long) max * (i % columns) / columns + random.nextInt(max / 50 + 1);
        values[i] = (int) Math.min(max, slope);
      } else {
        values[i] = random.nextInt(max + 1);
      }
    }
    return values;
  }
}
