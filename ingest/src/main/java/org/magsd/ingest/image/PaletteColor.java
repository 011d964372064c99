package org.magsd.ingest.image;

import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Tag;

/** Palette colour (PS3.3 C.7.6.3.1.5, C.7.9.2) to luma. */
final class PaletteColor {
  private PaletteColor() {}

  static byte[] luma(StoredFrame frame, PixelFormat format, Attributes header)
      throws DicomException {
    LookupTable red =
        table(
            header,
            Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            Tag.SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA);
    LookupTable green =
        table(
            header,
            Tag.GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            Tag.GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            Tag.SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA);
    LookupTable blue =
        table(
            header,
            Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            Tag.SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA);
    if (frame.samples() != 1) {
      throw new DicomException("PALETTE COLOR with " + frame.samples() + " samples a pixel");
    }
    int mask = (int) ((1L << format.bitsStored()) - 1);
    byte[] luma = new byte[frame.size()];
    for (int i = 0; i < luma.length; i++) {
      double index = format.signed() ? frame.value(i) : ((long) frame.value(i) & mask);
      luma[i] = Luma.ofRgb(level(red, index), level(green, index), level(blue, index));
    }
    return luma;
  }

  /** Entries of 16 bits count in full, also where their low byte is left empty. */
  private static int level(LookupTable table, double index) {
    return table.max() > 255 ? table.apply(index) >> 8 : table.apply(index);
  }

  private static LookupTable table(Attributes header, int descriptor, int data, int segmented)
      throws DicomException {
    int[] description = header.integers(descriptor);
    if (header.contains(segmented) && !header.contains(data)) {
      int[] expanded = SegmentedPalette.expand(header.integers(segmented));
      return LookupTable.of(description, expanded, true).orElseThrow(() -> missing(descriptor));
    }
    return LookupTable.of(description, header.integers(data), true)
        .orElseThrow(() -> missing(descriptor));
  }

  private static DicomException missing(int descriptor) {
    return new DicomException(
        "PALETTE COLOR without a usable lookup table " + Tag.format(descriptor));
  }
}
