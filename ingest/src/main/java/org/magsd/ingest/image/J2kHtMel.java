package org.magsd.ingest.image;

/**
 * The adaptive run-length decoder of HT code-blocks (MEL, ITU-T T.814 7.1.3 and 7.3.3): whether
 * quads of which all around is zero have anything in them.
 */
final class J2kHtMel {
  private static final int[] EXPONENTS = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5};

  private byte[] data = {};
  private int at;
  private int end;
  private int octet;
  private int count;
  private int state;
  private int zeros;
  private boolean one;

  /** Begins at a byte; behind the last one are ones. */
  void begin(byte[] bytes, int from, int to) {
    data = bytes;
    at = from;
    end = to;
    octet = 0;
    count = 0;
    state = 0;
    zeros = 0;
    one = false;
  }

  /** The next event, 0 or 1. */
  int event() {
    if (zeros == 0 && !one) {
      run();
    }
    if (zeros > 0) {
      zeros--;
      return 0;
    }
    one = false;
    return 1;
  }

  /** Zeros without end yet, or some and a one. */
  private void run() {
    int exponent = EXPONENTS[state];
    if (bit() == 1) {
      zeros = 1 << exponent;
      state = Math.min(EXPONENTS.length - 1, state + 1);
    } else {
      for (int i = 0; i < exponent; i++) {
        zeros = zeros << 1 | bit();
      }
      one = true;
      state = Math.max(0, state - 1);
    }
  }

  /** The most significant first; a byte behind one of all ones has seven. */
  private int bit() {
    if (count == 0) {
      count = octet == 0xff ? 7 : 8;
      octet = at < end ? data[at++] & 0xff : 0xff;
    }
    count--;
    return octet >> count & 1;
  }
}
