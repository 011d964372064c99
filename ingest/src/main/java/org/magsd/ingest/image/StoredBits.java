package org.magsd.ingest.image;

/**
 * The stored values of a frame in containers of up to 16 bits, as unsigned numbers: the bits from
 * High Bit downwards, as PS3.5 8.1.1 places them in the container. They serve as indices of tables.
 */
final class StoredBits {
  private final byte[] bytes;
  private final boolean wide;
  private final int shift;
  private final int mask;

  StoredBits(StoredFrame frame, PixelFormat format) {
    bytes = frame.bytes();
    wide = frame.type().bytes() == 2;
    shift = format.highBit() + 1 - format.bitsStored();
    mask = (1 << format.bitsStored()) - 1;
  }

  /** Number of values. */
  int size() {
    return wide ? bytes.length / 2 : bytes.length;
  }

  int at(int index) {
    int raw =
        wide ? (bytes[2 * index] & 0xff) | (bytes[2 * index + 1] & 0xff) << 8 : bytes[index] & 0xff;
    return (raw >> shift) & mask;
  }

  /** How often each value occurs. */
  int[] counts() {
    int[] counts = new int[mask + 1];
    int size = size();
    for (int i = 0; i < size; i++) {
      counts[at(i)]++;
    }
    return counts;
  }

  /** What a table has for each value. */
  byte[] through(byte[] table) {
    byte[] result = new byte[size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = table[at(i)];
    }
    return result;
  }
}
