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
            format,
            Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            Tag.SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA);
    LookupTable green =
        table(
            header,
            format,
            Tag.GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            Tag.GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            Tag.SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA);
    LookupTable blue =
        table(
            header,
            format,
            Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            Tag.BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            Tag.SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA);
    if (frame.samples() != 1 || frame.type().bytes() > 2) {
      throw new DicomException(
          ("PALETTE COLOR with " + frame.samples() + " samples a pixel of ")
              + (format.bitsAllocated() + " bits"));
    }
    // Of one depth, as PS3.3 C.7.6.3.1.5 wants: a dark channel says nothing of its own.
    int shift = Math.max(0, bits(Math.max(red.max(), Math.max(green.max(), blue.max()))) - 8);
    int extension = format.signed() ? 32 - format.bitsStored() : 0;
    StoredBits indices = new StoredBits(frame, format);
    byte[] luma = new byte[indices.size()];
    for (int i = 0; i < luma.length; i++) {
      int index = indices.at(i) << extension >> extension;
      luma[i] =
          Luma.ofRgb(
              red.apply(index) >> shift, green.apply(index) >> shift, blue.apply(index) >> shift);
    }
    return luma;
  }

  private static int bits(int max) {
    return 32 - Integer.numberOfLeadingZeros(max);
  }

  private static LookupTable table(
      Attributes header, PixelFormat format, int descriptor, int data, int segmented)
      throws DicomException {
    int[] description = header.integers(descriptor);
    int[] entries = header.integers(data);
    if (header.contains(segmented) && !header.contains(data) && description.length == 3) {
      entries = SegmentedPalette.expand(header.integers(segmented), description[2]);
      if (entries.length < LookupTable.count(description)) {
        throw missing(descriptor);
      }
    }
    return LookupTable.of(description, entries, format.signed())
        .orElseThrow(() -> missing(descriptor));
  }

  private static DicomException missing(int descriptor) {
    return new DicomException(
        "PALETTE COLOR without a usable lookup table " + Tag.format(descriptor));
  }
}
