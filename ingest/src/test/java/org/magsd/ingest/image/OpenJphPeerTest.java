package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Vr;

/**
 * What OpenJPH compresses by High-Throughput JPEG 2000, this decodes to the bit as OpenJPEG does,
 * and where nothing was lost to what there was. OpenJPH writes cleanup passes alone.
 */
@Tag("peer")
final class OpenJphPeerTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final int COLUMNS = 149;
  private static final int ROWS = 107;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-num_decomps 0",
        "-num_decomps 7",
        "-block_size {4,4}",
        "-block_size {4,1024}",
        "-block_size {1024,4}",
        "-block_size {32,128}",
        "-precincts {64,64},{32,32}",
        "-tile_size {64,48}",
        "-tile_size {37,41} -num_decomps 3",
        "-prog_order LRCP",
        "-prog_order CPRL -tile_size {60,60}",
        "-image_offset {13,7}",
      })
  void decodesAsOpenJpegDoes(String options)
      throws IOException, InterruptedException, DicomException {
    for (int bits : new int[] {8, 10, 12, 16}) {
      byte[] film = MadeUpFilm.of(COLUMNS, ROWS, bits);
      byte[] lossless = compress(film, bits, options + " -reversible true");
      String what = bits + " bits, " + options;
      assertThat(ours(lossless, bits, "201")).as("lossless, " + what).isEqualTo(film);
      for (String step : new String[] {"0.0001", "0.01", "0.2"}) {
        byte[] coded = compress(film, bits, options + " -reversible false -qstep " + step);
        assertThat(ours(coded, bits, "203")).as(step + ", " + what).isEqualTo(theirs(coded, bits));
      }
    }
  }

  private byte[] compress(byte[] film, int bits, String options)
      throws IOException, InterruptedException {
    Path plain = Pgm.write(folder.resolve("plain.pgm"), COLUMNS, ROWS, bits, film);
    Path coded = folder.resolve("coded.j2c");
    List<String> command = new ArrayList<>(List.of("ojph_compress", "-i", plain.toString()));
    command.addAll(List.of("-o", coded.toString()));
    command.addAll(List.of(options.strip().split(" ")));
    run(command);
    return Files.readAllBytes(coded);
  }

  private byte[] theirs(byte[] coded, int bits) throws IOException, InterruptedException {
    Path file = Files.write(folder.resolve("given.j2k"), coded);
    Path decoded = folder.resolve("decoded.rawl");
    run(List.of("opj_decompress", "-i", file.toString(), "-o", decoded.toString()));
    byte[] values = Files.readAllBytes(decoded);
    assertThat(values).hasSize(COLUMNS * ROWS * (bits > 8 ? 2 : 1));
    return values;
  }

  private static byte[] ours(byte[] coded, int bits, String syntax) throws DicomException {
    AttributesBuilder header =
        TestImages.header(COLUMNS, ROWS, bits > 8 ? 16 : 8)
            .integers(org.magsd.ingest.dicom.Tag.BITS_STORED, bits)
            .integers(org.magsd.ingest.dicom.Tag.HIGH_BIT, bits - 1)
            .fragments(
                org.magsd.ingest.dicom.Tag.PIXEL_DATA,
                Vr.OB,
                List.of(new byte[0], Arrays.copyOf(coded, (coded.length + 1) / 2 * 2)));
    return PROVIDER.decode(TestImages.file(header, "1.2.840.10008.1.2.4." + syntax), 0).bytes();
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command + ": " + output).isZero();
  }
}
