package org.magsd.ingest.image;

import java.util.Arrays;

/**
 * The MQ arithmetic decoder (ITU-T T.800 annex C), and the raw bits of the lazy coding mode. Beyond
 * the end of a segment it reads ones, as the standard wants, and counts them.
 */
final class J2kMq {
  static final int RUN_LENGTH = 17;
  static final int UNIFORM = 18;

  private static final int[] QE = {
    0x5601, 0x3401, 0x1801, 0x0ac1, 0x0521, 0x0221, 0x5601, 0x5401, 0x4801, 0x3801, 0x3001, 0x2401,
    0x1c01, 0x1601, 0x5601, 0x5401, 0x5101, 0x4801, 0x3801, 0x3401, 0x3001, 0x2801, 0x2401, 0x2201,
    0x1c01, 0x1801, 0x1601, 0x1401, 0x1201, 0x1101, 0x0ac1, 0x09c1, 0x08a1, 0x0521, 0x0441, 0x02a1,
    0x0221, 0x0141, 0x0111, 0x0085, 0x0049, 0x0025, 0x0015, 0x0009, 0x0005, 0x0001, 0x5601
  };
  private static final int[] AFTER_MORE_PROBABLE = {
    1, 2, 3, 4, 5, 38, 7, 8, 9, 10, 11, 12, 13, 29, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 45, 46
  };
  private static final int[] AFTER_LESS_PROBABLE = {
    1, 6, 9, 12, 29, 33, 6, 14, 14, 14, 17, 18, 20, 21, 14, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22,
    23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 46
  };

  /**
   * The states by twice their index plus the more probable symbol: the probability of the less
   * probable symbol in the high half, then the number of the state after the more probable one,
   * whose lowest bit is that symbol too, and after the less probable one.
   */
  private static final int[] STATES = new int[2 * QE.length];

  static {
    for (int i = 0; i < QE.length; i++) {
      boolean switches = i == 0 || i == 6 || i == 14;
      for (int symbol = 0; symbol < 2; symbol++) {
        int less = 2 * AFTER_LESS_PROBABLE[i] + (switches ? 1 - symbol : symbol);
        int more = 2 * AFTER_MORE_PROBABLE[i] + symbol;
        STATES[2 * i + symbol] = QE[i] << 16 | more << 8 | less;
      }
    }
  }

  /** The state of each context, as {@link #STATES} has it. */
  private final int[] state = new int[19];

  private byte[] data = {};
  private int end;
  private int at;
  private int a;
  private int c;
  private int count;
  private int beyond;

  void resetContexts() {
    Arrays.fill(state, STATES[0]);
    state[0] = STATES[2 * 4];
    state[RUN_LENGTH] = STATES[2 * 3];
    state[UNIFORM] = STATES[2 * 46];
  }

  /** Begins an arithmetically coded segment. */
  void begin(byte[] bytes, int from, int to) {
    beginRaw(bytes, from, to);
    c = octet(at) << 16;
    byteIn();
    c <<= 7;
    count -= 7;
    a = 0x8000;
  }

  /** Begins a segment of raw bits. */
  void beginRaw(byte[] bytes, int from, int to) {
    data = bytes;
    at = from;
    end = to;
    beyond = 0;
    c = 0;
    count = 0;
  }

  /** Bytes of ones that were read beyond the end of the segment. */
  int beyond() {
    return beyond;
  }

  private int octet(int index) {
    return index < end ? data[index] & 0xff : 0xff;
  }

  private void byteIn() {
    if (octet(at) == 0xff) {
      int next = octet(at + 1);
      if (next > 0x8f) {
        c += 0xff00;
        count = 8;
        beyond++;
      } else {
        at++;
        c += next << 9;
        count = 7;
      }
    } else {
      at++;
      c += octet(at) << 8;
      count = 8;
    }
  }

  /**
   * Decodes a decision. What cannot be foreseen is computed with masks of all ones for yes: half of
   * the decisions on noise would otherwise be branches guessed wrongly.
   */
  int decode(int context) {
    int entry = state[context];
    int symbol = entry >> 8 & 1;
    int qe = entry >>> 16;
    int rest = a - qe;
    int lower = ((c >>> 16) - qe) >> 31;
    c -= (qe & ~lower) << 16;
    if ((rest & 0x8000) != 0 && lower == 0) {
      a = rest;
      return symbol;
    }
    // The smaller part belongs to the less probable symbol, which may be either (C.3.2).
    int lessProbable = lower ^ ((rest - qe) >> 31);
    a = rest + ((qe - rest) & lower);
    state[context] = STATES[entry >> (8 & ~lessProbable) & 0xff];
    renormalise();
    return symbol ^ (lessProbable & 1);
  }

  private void renormalise() {
    int shift = Integer.numberOfLeadingZeros(a) - 16;
    a <<= shift;
    while (shift > count) {
      c <<= count;
      shift -= count;
      byteIn();
    }
    c <<= shift;
    count -= shift;
  }

  int rawBit() {
    if (count == 0) {
      boolean stuffed = c == 0xff;
      beyond += at >= end ? 1 : 0;
      c = octet(at);
      if (stuffed && c > 0x8f) {
        c = 0xff;
        count = 8;
      } else {
        at++;
        count = stuffed ? 7 : 8;
      }
    }
    count--;
    return c >> count & 1;
  }
}
