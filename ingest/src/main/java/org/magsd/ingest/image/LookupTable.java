package org.magsd.ingest.image;

import java.util.Optional;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.Tag;

/**
 * A lookup table of PS3.3 C.11.1 and C.11.2: inputs below the first mapped value take the first
 * entry, inputs beyond the last take the last.
 */
final class LookupTable {
  private final int first;
  private final int[] entries;
  private final int max;

  private LookupTable(int first, int[] entries, int max) {
    this.first = first;
    this.entries = entries;
    this.max = max;
  }

  /**
   * Reads descriptor and data of an item; empty if they do not fit together.
   *
   * @param signed whether the first mapped value may be negative
   */
  static Optional<LookupTable> of(Attributes item, boolean signed) {
    return of(item.integers(Tag.LUT_DESCRIPTOR), item.integers(Tag.LUT_DATA), signed);
  }

  static Optional<LookupTable> of(int[] descriptor, int[] data, boolean signed) {
    if (descriptor.length != 3 || data.length == 0) {
      return Optional.empty();
    }
    int count = (descriptor[0] & 0xffff) == 0 ? 0x1_0000 : descriptor[0] & 0xffff;
    int first = signed ? (short) descriptor[1] : descriptor[1] & 0xffff;
    int bits = descriptor[2] & 0xffff;
    int[] entries = data;
    if (data.length < count && data.length * 2 >= count && bits <= 8) {
      entries = bytes(data);
    }
    if (entries.length < count) {
      count = entries.length;
    }
    int[] table = new int[count];
    int max = bits >= 1 && bits <= 16 ? (1 << bits) - 1 : 0;
    for (int i = 0; i < count; i++) {
      table[i] = entries[i] & 0xffff;
      max = Math.max(max, table[i]);
    }
    return Optional.of(new LookupTable(first, table, max));
  }

  /** Two 8-bit entries in each word, the low byte first. */
  private static int[] bytes(int[] words) {
    int[] bytes = new int[words.length * 2];
    for (int i = 0; i < words.length; i++) {
      bytes[i * 2] = words[i] & 0xff;
      bytes[i * 2 + 1] = words[i] >> 8 & 0xff;
    }
    return bytes;
  }

  /** The largest output. */
  int max() {
    return max;
  }

  int apply(double input) {
    long index = Math.round(input) - first;
    return entries[(int) Math.max(0, Math.min(entries.length - 1L, index))];
  }
}
