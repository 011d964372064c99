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
    int count = count(descriptor);
    int first = signed ? (short) descriptor[1] : descriptor[1] & 0xffff;
    int bits = descriptor[2] & 0xffff;
    int[] entries = data;
    boolean packed = bits <= 8 || data.length == (count + 1) / 2;
    if (data.length < count && data.length * 2 >= count && packed) {
      entries = bytes(data);
    }
    int[] table = new int[Math.min(count, entries.length)];
    int largest = 0;
    for (int i = 0; i < table.length; i++) {
      table[i] = entries[i] & 0xffff;
      largest = Math.max(largest, table[i]);
    }
    return Optional.of(new LookupTable(first, table, Math.max(largest, max(bits, largest))));
  }

  /**
   * The largest value of so many bits. Some devices state 16 bits for entries of 8; a table that
   * meant it would show black alone.
   */
  private static int max(int bits, int largest) {
    if (bits == 16 && largest <= 255) {
      return 255;
    }
    return bits >= 1 && bits <= 16 ? (1 << bits) - 1 : 0;
  }

  /** Entries, by a table's descriptor. */
  static int count(int[] descriptor) {
    return (descriptor[0] & 0xffff) == 0 ? 0x1_0000 : descriptor[0] & 0xffff;
  }

  /** Two 8-bit entries in each word, the low byte first. */
  static int[] bytes(int[] words) {
    int[] bytes = new int[words.length * 2];
    for (int i = 0; i < words.length; i++) {
      bytes[i * 2] = words[i] & 0xff;
      bytes[i * 2 + 1] = words[i] >> 8 & 0xff;
    }
    return bytes;
  }

  /** The largest output that its bits allow, or its largest entry if that is larger. */
  int max() {
    return max;
  }

  int apply(double input) {
    long index = Math.round(input) - first;
    return entries[(int) Math.max(0, Math.min(entries.length - 1L, index))];
  }
}
