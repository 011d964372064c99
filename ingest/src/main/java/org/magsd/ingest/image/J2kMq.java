package org.magsd.ingest.image;

import java.util.Arrays;

/**
 * The MQ arithmetic decoder (ITU-T T.800 annex C), and the raw bits of the lazy coding mode. Beyond
 * the end of a segment it reads ones, as the standard wants.
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

  private final int[] state = new int[19];
  private final int[] symbol = new int[19];
  private byte[] data = {};
  private int end;
  private int at;
  private int a;
  private int c;
  private int count;

  void resetContexts() {
    Arrays.fill(state, 0);
    Arrays.fill(symbol, 0);
    state[0] = 4;
    state[RUN_LENGTH] = 3;
    state[UNIFORM] = 46;
  }

  /** Begins an arithmetically coded segment. */
  void begin(byte[] bytes, int from, int to) {
    data = bytes;
    at = from;
    end = to;
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
    c = 0;
    count = 0;
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

  int decode(int context) {
    int index = state[context];
    int qe = QE[index];
    int decision = symbol[context];
    a -= qe;
    if (c >>> 16 < qe) {
      boolean lessProbable = a >= qe;
      a = qe;
      return exchange(context, index, decision, lessProbable);
    }
    c -= qe << 16;
    if ((a & 0x8000) != 0) {
      return decision;
    }
    return exchange(context, index, decision, a < qe);
  }

  private int exchange(int context, int index, int decision, boolean lessProbable) {
    int result = decision;
    if (lessProbable) {
      result = 1 - decision;
      boolean switches = index == 0 || index == 6 || index == 14;
      if (switches) {
        symbol[context] = result;
      }
      state[context] = AFTER_LESS_PROBABLE[index];
    } else {
      state[context] = AFTER_MORE_PROBABLE[index];
    }
    do {
      if (count == 0) {
        byteIn();
      }
      a <<= 1;
      c <<= 1;
      count--;
    } while ((a & 0x8000) == 0);
    return result;
  }

  int rawBit() {
    if (count == 0) {
      boolean stuffed = c == 0xff;
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
