package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An object counts as cut short where that is proven, not where it is merely strange. */
class CutShortTest {
  private static final int DELIMITER = 8;

  private static AttributesBuilder header(int frames) {
    return new AttributesBuilder()
        .integers(Tag.SAMPLES_PER_PIXEL, 1)
        .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .text(Tag.NUMBER_OF_FRAMES, Integer.toString(frames))
        .integers(Tag.ROWS, 4)
        .integers(Tag.COLUMNS, 4)
        .integers(Tag.BITS_ALLOCATED, 8);
  }

  private static byte[] file(AttributesBuilder data, String syntax) {
    byte[] dataSet = DataSets.write(data.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    return Part10Writer.file("1.2.3", "1.2.3.4", syntax, Optional.empty(), dataSet);
  }

  private static boolean isCutShort(byte[] file) throws DicomException {
    return DicomProvider.builtIn().parse(file).isCutShort();
  }

  @ParameterizedTest
  @CsvSource({"0, false", "1, true", "7, true", "8, false", "9, true", "40, true"})
  void fragmentsAreWhereTheyOrTheDelimiterBreakOff(int less, boolean cutShort) throws Exception {
    byte[] whole =
        file(
            header(2)
                .fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], new byte[20], new byte[20])),
            TransferSyntax.RLE_UID);

    assertThat(isCutShort(Arrays.copyOf(whole, whole.length - less))).isEqualTo(cutShort);
  }

  @Test
  void strayBytesInThePlaceOfADelimiterAreNoProof() throws Exception {
    byte[] whole =
        file(
            header(1).fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], new byte[20])),
            TransferSyntax.RLE_UID);
    byte[] stray = Arrays.copyOf(whole, whole.length - DELIMITER + 2);
    Arrays.fill(stray, stray.length - 2, stray.length, (byte) 0);

    assertThat(isCutShort(stray)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"YBR_FULL_422, 32, false", "YBR_FULL_422, 31, true", "YBR_FULL, 32, true"})
  void plainPixelsThatClaimTooMuchAreOnlyWhereSomeAreMissing(
      String photometric, int length, boolean cutShort) throws Exception {
    byte[] claiming =
        file(
            header(1)
                .integers(Tag.SAMPLES_PER_PIXEL, 3)
                .text(Tag.PHOTOMETRIC_INTERPRETATION, photometric)
                .bytes(Tag.PIXEL_DATA, Vr.OB, new byte[48]),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID);

    assertThat(isCutShort(Arrays.copyOf(claiming, claiming.length - 48 + length)))
        .isEqualTo(cutShort);
  }
}
