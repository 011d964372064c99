package org.magsd.ingest.image;

import java.util.Arrays;
import org.magsd.ingest.dicom.DicomException;

/**
 * Segmented palettes (PS3.3 C.7.9.2): discrete, linear and indirect segments of 16-bit words, or of
 * bytes where entries have 8 bits.
 */
final class SegmentedPalette {
  private static final int LIMIT = 1 << 16;

  /** Segments that may be expanded: without entries they would never reach the limit of those. */
  private static final int MOST_SEGMENTS = 1 << 17;

  private final int[] units;

  /** Units that make up the 32-bit offset of an indirect segment. */
  private final int offsetUnits;

  private final int[] entries = new int[LIMIT];
  private int count;
  private int segments;

  private SegmentedPalette(int[] units, int offsetUnits) {
    this.units = units;
    this.offsetUnits = offsetUnits;
  }

  /**
   * @param words the value as 16-bit words
   * @param bits of an entry, as the descriptor says
   */
  static int[] expand(int[] words, int bits) throws DicomException {
    SegmentedPalette palette =
        bits <= 8
            ? new SegmentedPalette(LookupTable.bytes(words), 4)
            : new SegmentedPalette(words, 2);
    int at = 0;
    while (at + 1 < palette.units.length && palette.count < LIMIT) {
      at = palette.segment(at, true);
    }
    return Arrays.copyOf(palette.entries, palette.count);
  }

  /** Expands the segment at an index and tells where the next one begins. */
  private int segment(int at, boolean mayBeIndirect) throws DicomException {
    if (++segments > MOST_SEGMENTS) {
      throw new DicomException("segmented palette of more than " + MOST_SEGMENTS + " segments");
    }
    int length = unit(at + 1) & 0xffff;
    switch (unit(at) & 0xffff) {
      case 0 -> {
        for (int i = 0; i < length; i++) {
          add(unit(at + 2 + i));
        }
        return at + 2 + length;
      }
      case 1 -> {
        int from = count == 0 ? 0 : entries[count - 1];
        int to = unit(at + 2) & 0xffff;
        for (int i = 1; i <= length; i++) {
          add((int) Math.round(from + (to - from) * (double) i / length));
        }
        return at + 3;
      }
      case 2 -> {
        if (!mayBeIndirect) {
          throw new DicomException("segmented palette: indirect segment inside another");
        }
        int target = 0;
        for (int i = offsetUnits - 1; i >= 0; i--) {
          target = target << (32 / offsetUnits) | (unit(at + 2 + i) & 0xffff);
        }
        for (int i = 0; i < length && count < LIMIT; i++) {
          target = segment(target, false);
        }
        return at + 2 + offsetUnits;
      }
      default -> throw new DicomException("segmented palette: unknown segment at " + at);
    }
  }

  private int unit(int index) throws DicomException {
    if (index < 0 || index >= units.length) {
      throw new DicomException("segmented palette ends within a segment");
    }
    return units[index];
  }

  private void add(int entry) {
    if (count < LIMIT) {
      entries[count++] = entry & 0xffff;
    }
  }
}
