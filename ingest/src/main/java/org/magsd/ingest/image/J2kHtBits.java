package org.magsd.ingest.image;

/**
 * Bits of a part of an HT code-block, least significant first, read forwards or backwards (ITU-T
 * T.814 7.1). Forwards, a byte that follows one of all ones has seven bits; backwards, so has one
 * whose lower seven are all ones and that follows one above 0x8f.
 */
final class J2kHtBits {
  private static final int ALL_ONES = 0xff;

  private byte[] data = {};
  private int at;
  private int left;
  private int step;
  private int filler;
  private int last;
  private long bits;
  private int count;
  private int beyond;

  /** Begins at a part's first byte; behind its end are bytes of one value. */
  void beginForwards(byte[] bytes, int from, int to, int behind) {
    begin(bytes, from, to - from, 1, behind);
    last = 0;
  }

  /** Begins at a part's last byte; before its first one are zeros. */
  void beginBackwards(byte[] bytes, int from, int to) {
    begin(bytes, to - 1, to - from, -1, 0);
    last = ALL_ONES;
  }

  private void begin(byte[] bytes, int first, int length, int direction, int behind) {
    data = bytes;
    at = first;
    left = length;
    step = direction;
    filler = behind;
    bits = 0;
    count = 0;
    beyond = 0;
  }

  /** The next bits, which stay: up to 31. */
  int peek(int number) {
    while (count < number) {
      octet();
    }
    return (int) bits & ((1 << number) - 1);
  }

  /** Goes past bits that have been peeked at. */
  void skip(int number) {
    bits >>>= number;
    count -= number;
  }

  int take(int number) {
    int value = peek(number);
    skip(number);
    return value;
  }

  /** Bytes that were wanted beyond the end. */
  int beyond() {
    return beyond;
  }

  private void octet() {
    int octet = filler;
    if (left > 0) {
      octet = data[at] & 0xff;
      at += step;
      left--;
    } else {
      beyond++;
    }
    boolean seven = step > 0 ? last == ALL_ONES : last > 0x8f && (octet & 0x7f) == 0x7f;
    int width = seven ? 7 : 8;
    bits |= (long) (octet & ((1 << width) - 1)) << count;
    count += width;
    last = octet;
  }
}
