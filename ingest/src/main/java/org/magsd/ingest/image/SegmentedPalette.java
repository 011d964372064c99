package org.magsd.ingest.image;

import java.util.Arrays;
import org.magsd.ingest.dicom.DicomException;

/** Segmented palettes (PS3.3 C.7.9.2): discrete, linear and indirect segments of 16-bit words. */
final class SegmentedPalette {
  private static final int LIMIT = 1 << 16;

  /** Segments that may be expanded: without entries they would never reach the limit of those. */
  private static final int MOST_SEGMENTS = 1 << 17;

  private final int[] words;
  private final int[] entries = new int[LIMIT];
  private int count;
  private int segments;

  private SegmentedPalette(int[] words) {
    this.words = words;
  }

  static int[] expand(int[] words) throws DicomException {
    SegmentedPalette palette = new SegmentedPalette(words);
    int at = 0;
    while (at + 1 < words.length && palette.count < LIMIT) {
      at = palette.segment(at, true);
    }
    return Arrays.copyOf(palette.entries, palette.count);
  }

  /** Expands the segment at an index and tells where the next one begins. */
  private int segment(int at, boolean mayBeIndirect) throws DicomException {
    if (++segments > MOST_SEGMENTS) {
      throw new DicomException("segmented palette of more than " + MOST_SEGMENTS + " segments");
    }
    int length = word(at + 1) & 0xffff;
    switch (word(at) & 0xffff) {
      case 0 -> {
        for (int i = 0; i < length; i++) {
          add(word(at + 2 + i));
        }
        return at + 2 + length;
      }
      case 1 -> {
        int from = count == 0 ? 0 : entries[count - 1];
        int to = word(at + 2) & 0xffff;
        for (int i = 1; i <= length; i++) {
          add((int) Math.round(from + (to - from) * (double) i / length));
        }
        return at + 3;
      }
      case 2 -> {
        if (!mayBeIndirect) {
          throw new DicomException("segmented palette: indirect segment inside another");
        }
        int target = (word(at + 2) & 0xffff) | word(at + 3) << 16;
        for (int i = 0; i < length && count < LIMIT; i++) {
          target = segment(target, false);
        }
        return at + 4;
      }
      default -> throw new DicomException("segmented palette: unknown segment at word " + at);
    }
  }

  private int word(int index) throws DicomException {
    if (index < 0 || index >= words.length) {
      throw new DicomException("segmented palette ends within a segment");
    }
    return words[index];
  }

  private void add(int entry) {
    if (count < LIMIT) {
      entries[count++] = entry & 0xffff;
    }
  }
}
