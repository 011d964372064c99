package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Vr;

/** Palettes as they should be and as devices write them; all channels alike, hence grey. */
final class PaletteColorTest {

  private static AttributesBuilder header(int... indices) {
    byte[] pixels = new byte[indices.length];
    for (int i = 0; i < indices.length; i++) {
      pixels[i] = (byte) indices[i];
    }
    return TestImages.header(indices.length, 1, 8)
        .text(Tag.PHOTOMETRIC_INTERPRETATION, "PALETTE COLOR")
        .bytes(Tag.PIXEL_DATA, Vr.OB, pixels);
  }

  private static AttributesBuilder descriptors(AttributesBuilder header, int count, int bits) {
    return header
        .integers(Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, count, 0, bits)
        .integers(Tag.GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, count, 0, bits)
        .integers(Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, count, 0, bits);
  }

  private static AttributesBuilder plain(AttributesBuilder header, int bits, int... entries) {
    return descriptors(header, entries.length, bits)
        .integers(Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, entries)
        .integers(Tag.GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA, entries)
        .integers(Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, entries);
  }

  private static AttributesBuilder segmented(
      AttributesBuilder header, int count, int bits, int... words) {
    return descriptors(header, count, bits)
        .integers(Tag.SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, words)
        .integers(Tag.SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA, words)
        .integers(Tag.SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, words);
  }

  private static int[] levels(AttributesBuilder header) throws DicomException {
    GrayImage image = Film.of(DicomProvider.builtIn(), TestImages.file(header));
    int[] levels = new int[image.pixels().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = image.pixels()[i] & 0xff;
    }
    return levels;
  }

  @Test
  void showsTheHighByteOf16Bits() throws DicomException {
    assertThat(levels(plain(header(0, 1, 2), 16, 0, 0x80ff, 0xffff)))
        .containsExactly(0, 0x80, 0xff);
  }

  @Test
  void shows8BitsThatAreStatedToHave16() throws DicomException {
    assertThat(levels(plain(header(0, 1, 2), 16, 0, 0x80, 0xff))).containsExactly(0, 0x80, 0xff);
  }

  @Test
  void showsADarkChannelOf16BitsDark() throws DicomException {
    AttributesBuilder header =
        plain(header(0, 1), 16, 0, 0xff00)
            .integers(Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, 0xff, 0xff);

    assertThat(levels(header)).containsExactly(0, 226); // red and green alone
  }

  @Test
  void readsTwo8BitEntriesInAWord() throws DicomException {
    AttributesBuilder header =
        descriptors(header(0, 1, 2, 3), 4, 8)
            .integers(Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, 0x2010, 0x4030)
            .integers(Tag.GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA, 0x2010, 0x4030)
            .integers(Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, 0x2010, 0x4030);

    assertThat(levels(header)).containsExactly(0x10, 0x20, 0x30, 0x40);
  }

  @Test
  void looksUpTheStoredBitsAlone() throws DicomException {
    AttributesBuilder header =
        plain(header(0x10, 0x6f), 8, 5, 77).integers(Tag.BITS_STORED, 1).integers(Tag.HIGH_BIT, 4);

    assertThat(levels(header)).containsExactly(77, 5);
  }

  @Test
  void unfoldsSegmentsOf16Bits() throws DicomException {
    // discrete: 0x1000; linear to 0x5000 in 4 entries; the first segment again
    AttributesBuilder header =
        segmented(header(0, 1, 4, 5), 6, 16, 0, 1, 0x1000, 1, 4, 0x5000, 2, 1, 0, 0);

    assertThat(levels(header)).containsExactly(0x10, 0x20, 0x50, 0x10);
  }

  @Test
  void unfoldsSegmentsOf8BitsFromBytes() throws DicomException {
    // The same, a byte each, the offset of 32 bits: 0 1 10, 1 4 50, 2 1 0 0 0 0
    AttributesBuilder header =
        segmented(header(0, 1, 4, 5), 6, 8, 0x0100, 0x0110, 0x5004, 0x0102, 0x0000, 0x0000);

    assertThat(levels(header)).containsExactly(0x10, 0x20, 0x50, 0x10);
  }

  @Test
  void refusesSegmentsThatUnfoldToLessThanDescribed() {
    AttributesBuilder header = segmented(header(0), 7, 16, 0, 1, 0x1000, 1, 4, 0x5000);

    assertThatThrownBy(() -> levels(header))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("without a usable lookup table (0028,1101)");
  }

  @ParameterizedTest
  @CsvSource({
    // entries of 8 bits, a byte each or a word each; of 16 bits
    "8, 10 20 30 40",
    "8, 1000 2000 3000 4000",
    "16, ff10 ff20 ff30 ff40",
  })
  void readsTablesThatAreWrittenAsBytes(int bits, String data) throws DicomException {
    byte[] bytes = HexFormat.of().parseHex(data.replace(" ", ""));
    AttributesBuilder header =
        descriptors(header(0, 1, 2, 3), 4, bits)
            .bytes(Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, Vr.OB, bytes)
            .bytes(Tag.GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA, Vr.OB, bytes)
            .bytes(Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, Vr.OB, bytes);

    assertThat(levels(header)).containsExactly(0x10, 0x20, 0x30, 0x40);
  }
}
