package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/**
 * Films look as dcmtk's {@code dcm2pnm} shows them: palettes to the bit, grey but for the rounding
 * of its lookup tables.
 */
@Tag("peer")
final class PresentationPeerTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final int RED = org.magsd.ingest.dicom.Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DATA;
  private static final int RED_DESCRIPTOR =
      org.magsd.ingest.dicom.Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR;

  /** The option by which dcmtk believes a table's entries rather than its descriptor. */
  private static final String CHECK_DEPTH = "+Mc";

  @TempDir private Path folder;

  /** 256 pixels, one of each index. */
  private static AttributesBuilder indices() {
    byte[] pixels = new byte[256];
    for (int i = 0; i < 256; i++) {
      pixels[i] = (byte) i;
    }
    return TestImages.header(16, 16, 8)
        .text(org.magsd.ingest.dicom.Tag.PHOTOMETRIC_INTERPRETATION, "PALETTE COLOR")
        .bytes(org.magsd.ingest.dicom.Tag.PIXEL_DATA, Vr.OB, pixels);
  }

  /** The three tables, of words. */
  private static AttributesBuilder palette(
      int count, int first, int bits, IntUnaryOperator... channels) {
    AttributesBuilder header = indices();
    for (int c = 0; c < 3; c++) {
      int[] entries = IntStream.range(0, count).map(channels[c]).toArray();
      header.integers(RED_DESCRIPTOR + c, Vr.US, count, first, bits);
      header.integers(RED + c, Vr.OW, entries);
    }
    return header;
  }

  @Test
  void showsPalettesOf16Bits() throws Exception {
    assertSamePalette(palette(256, 0, 16, i -> i * 257, i -> (255 - i) << 8, i -> i * 100));
  }

  @Test
  void showsADarkChannelOfAPaletteOf16BitsDark() throws Exception {
    assertSamePalette(palette(256, 0, 16, i -> i << 8, i -> i, i -> 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 10, 12, 15})
  void showsPalettesOfDepthsBetween(int bits) throws Exception {
    int unused = 16 - bits;
    assertSamePalette(
        palette(256, 0, bits, i -> (i * 257) >> unused, i -> (255 - i) << 8 >> unused, i -> i));
  }

  @Test
  void showsPalettesOf8BitsInWords() throws Exception {
    assertSamePalette(palette(256, 0, 8, i -> i, i -> 255 - i, i -> i / 2));
  }

  @Test
  void showsPalettesOf8BitsInBytes() throws Exception {
    AttributesBuilder header = indices();
    for (int c = 0; c < 3; c++) {
      byte[] entries = new byte[256];
      for (int i = 0; i < 256; i++) {
        entries[i] = (byte) (i * (c + 1));
      }
      header.integers(RED_DESCRIPTOR + c, Vr.US, 256, 0, 8);
      header.bytes(RED + c, Vr.OW, entries);
    }
    assertSamePalette(header);
  }

  @Test
  void showsPalettesOf8BitsThatAreStatedToHave16() throws Exception {
    assertSamePalette(palette(256, 0, 16, i -> i, i -> 255 - i, i -> i / 2), CHECK_DEPTH);
  }

  @Test
  void showsPalettesOf16BitsThatAreStatedToHave8() throws Exception {
    assertSamePalette(palette(256, 0, 8, i -> i << 8, i -> (255 - i) << 8, i -> 0), CHECK_DEPTH);
  }

  @Test
  void clampsIndicesToTheEntriesThereAre() throws Exception {
    assertSamePalette(palette(100, 50, 8, i -> i + 100, i -> i, i -> 255 - i));
  }

  @Test
  void showsPalettesForSignedIndices() throws Exception {
    AttributesBuilder header =
        palette(256, -128 & 0xffff, 16, i -> i << 8, i -> (255 - i) << 8, i -> i * 7)
            .integers(org.magsd.ingest.dicom.Tag.PIXEL_REPRESENTATION, 1);

    assertSamePalette(header);
  }

  /** 4096 pixels, one of each value of 12 bits, with or without sign. */
  private static AttributesBuilder levels(boolean signed, int garbage) {
    int[] values = IntStream.range(0, 4096).map(i -> (i & 0xfff) | garbage).toArray();
    return TestImages.header(64, 64, 16)
        .integers(org.magsd.ingest.dicom.Tag.BITS_STORED, 12)
        .integers(org.magsd.ingest.dicom.Tag.HIGH_BIT, 11)
        .integers(org.magsd.ingest.dicom.Tag.PIXEL_REPRESENTATION, signed ? 1 : 0)
        .integers(org.magsd.ingest.dicom.Tag.PIXEL_DATA, Vr.OW, values);
  }

  @ParameterizedTest
  @CsvSource({
    // signed, bits above those stored, slope, intercept, center, width, function
    "false, 0, 1, 0, 2048, 4096, LINEAR",
    "false, 0xf000, 1, 0, 1000, 300.5, LINEAR",
    "true, 0, 1, 0, 0, 1000, LINEAR",
    "true, 0xf000, 1, -1024, -600, 1500, LINEAR",
    "true, 0x7000, 2.5, 10, 100, 3000, LINEAR",
    "false, 0, -1, 4095, 3000, 1000, LINEAR",
    "false, 0, 1, 0, 2000, 1.5, LINEAR",
    "false, 0, 1, 0, 1000, 1, LINEAR",
    "false, 0, 1, 0, 2048, 1000, SIGMOID",
    "true, 0, 1, 0, -10, 500, SIGMOID",
  })
  void showsAWindow(
      boolean signed,
      String garbage,
      String slope,
      String intercept,
      String center,
      String width,
      String function)
      throws Exception {
    AttributesBuilder header =
        levels(signed, Integer.decode(garbage))
            .text(org.magsd.ingest.dicom.Tag.RESCALE_SLOPE, slope)
            .text(org.magsd.ingest.dicom.Tag.RESCALE_INTERCEPT, intercept)
            .text(org.magsd.ingest.dicom.Tag.WINDOW_CENTER, center)
            .text(org.magsd.ingest.dicom.Tag.WINDOW_WIDTH, width)
            .text(org.magsd.ingest.dicom.Tag.VOI_LUT_FUNCTION, function);

    assertSameGrey(header, "+Wi", "1");
  }

  @ParameterizedTest
  @CsvSource({
    // bits, first mapped value, signed pixels
    "8, 0, false",
    "16, 0, false",
    "12, 1000, false",
    "10, 0, false",
    "16, -1024, true",
  })
  void showsALookupTableOfInterest(int bits, int first, boolean signed) throws Exception {
    int max = (1 << bits) - 1;
    int[] entries =
        IntStream.range(0, 3000).map(i -> (int) (max * (Math.sqrt(i) / Math.sqrt(2999)))).toArray();
    Attributes table =
        new AttributesBuilder()
            .integers(
                org.magsd.ingest.dicom.Tag.LUT_DESCRIPTOR,
                signed ? Vr.SS : Vr.US,
                3000,
                first,
                bits)
            .integers(org.magsd.ingest.dicom.Tag.LUT_DATA, Vr.OW, entries)
            .build();

    assertSameGrey(
        levels(signed, 0).items(org.magsd.ingest.dicom.Tag.VOI_LUT_SEQUENCE, List.of(table)),
        "+Wl",
        "1");
  }

  @Test
  void showsALookupTableOfInterestInBytes() throws Exception {
    byte[] entries = new byte[4096];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = (byte) (i >> 4);
    }
    Attributes table =
        new AttributesBuilder()
            .integers(org.magsd.ingest.dicom.Tag.LUT_DESCRIPTOR, Vr.US, 4096, 0, 8)
            .bytes(org.magsd.ingest.dicom.Tag.LUT_DATA, Vr.OW, entries)
            .build();

    assertSameGrey(
        levels(false, 0).items(org.magsd.ingest.dicom.Tag.VOI_LUT_SEQUENCE, List.of(table)),
        "+Wl",
        "1");
  }

  @Test
  void appliesAModalityLookupTableWhoseFirstValueIsNegative() throws Exception {
    int[] entries = IntStream.range(0, 2000).map(i -> 65535 - i * 30).toArray();
    Attributes table =
        new AttributesBuilder()
            .integers(org.magsd.ingest.dicom.Tag.LUT_DESCRIPTOR, Vr.SS, 2000, -1000, 16)
            .integers(org.magsd.ingest.dicom.Tag.LUT_DATA, Vr.OW, entries)
            .text(org.magsd.ingest.dicom.Tag.MODALITY_LUT_TYPE, "US")
            .build();
    AttributesBuilder header =
        levels(true, 0)
            .items(org.magsd.ingest.dicom.Tag.MODALITY_LUT_SEQUENCE, List.of(table))
            .text(org.magsd.ingest.dicom.Tag.WINDOW_CENTER, "32768")
            .text(org.magsd.ingest.dicom.Tag.WINDOW_WIDTH, "65536");

    assertSameGrey(header, "+Wi", "1");
  }

  private void assertSamePalette(AttributesBuilder header, String... options) throws Exception {
    Path file = write(header);
    byte[] theirs = pixels(file, options);
    byte[] luma = new byte[theirs.length / 3];
    for (int i = 0; i < luma.length; i++) {
      luma[i] =
          Luma.ofRgb(theirs[3 * i] & 0xff, theirs[3 * i + 1] & 0xff, theirs[3 * i + 2] & 0xff);
    }

    byte[] ours = Film.of(PROVIDER, PROVIDER.parse(file)).pixels();

    assertThat(ours).isEqualTo(luma);
    assertThat(IntStream.range(0, ours.length).map(i -> ours[i]).distinct().count())
        .as("shades")
        .isGreaterThan(50);
  }

  private void assertSameGrey(AttributesBuilder header, String... options) throws Exception {
    Path file = write(header);
    byte[] theirs = pixels(file, options);

    byte[] ours = Film.of(PROVIDER, PROVIDER.parse(file)).pixels();

    assertThat(ours).hasSameSizeAs(theirs);
    for (int i = 0; i < ours.length; i++) {
      assertThat(ours[i] & 0xff)
          .as("pixel %d", i)
          .isBetween((theirs[i] & 0xff) - 1, (theirs[i] & 0xff) + 1);
    }
  }

  private Path write(AttributesBuilder header) throws IOException {
    TransferSyntax plain = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    byte[] data = DataSets.write(header.build(), plain);
    return Files.write(
        folder.resolve("film.dcm"),
        Part10Writer.file(
            "1.2.840.10008.5.1.4.1.1.7", "1.2.3.4", plain.uid(), Optional.empty(), data));
  }

  /** The pixels of the PGM or PPM that dcmtk makes, behind a header of three lines. */
  private byte[] pixels(Path file, String... options) throws IOException, InterruptedException {
    Path shown = folder.resolve("film.pnm");
    List<String> command = new ArrayList<>(List.of("dcm2pnm", "+op"));
    command.addAll(Arrays.asList(options));
    command.addAll(List.of(file.toString(), shown.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command + ": " + output).isZero();
    byte[] pnm = Files.readAllBytes(shown);
    int at = 0;
    for (int line = 0; line < 3; at++) {
      line += pnm[at] == '\n' ? 1 : 0;
    }
    return Arrays.copyOfRange(pnm, at, pnm.length);
  }
}
