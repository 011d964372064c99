package org.magsd.ingest.image;

/**
 * The accurate integer inverse DCT of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with 13-bit
 * constants and the roundings of the Independent JPEG Group's "islow", which dcmtk, gdcm and OpenCV
 * share; so lossy films decode to the same values here.
 */
final class JpegIdct {
  private static final int CONSTANT_BITS = 13;
  private static final int F_0_298 = 2446;
  private static final int F_0_390 = 3196;
  private static final int F_0_541 = 4433;
  private static final int F_0_765 = 6270;
  private static final int F_0_899 = 7373;
  private static final int F_1_175 = 9633;
  private static final int F_1_501 = 12299;
  private static final int F_1_847 = 15137;
  private static final int F_1_961 = 16069;
  private static final int F_2_053 = 16819;
  private static final int F_2_562 = 20995;
  private static final int F_3_072 = 25172;

  private final int passBits;
  private final int center;
  private final int max;
  private final int[] work = new int[64];
  private final int[] line = new int[8];

  /**
   * @param precision 8 or 12 bits per sample
   */
  JpegIdct(int precision) {
    this.passBits = precision <= 8 ? 2 : 1;
    this.center = 1 << (precision - 1);
    this.max = (1 << precision) - 1;
  }

  /**
   * @param coefficients 64, dequantised, row by row
   * @param plane where the 8x8 samples go, at {@code at} with the given stride
   */
  void transform(int[] coefficients, short[] plane, int at, int stride) {
    for (int column = 0; column < 8; column++) {
      for (int i = 0; i < 8; i++) {
        line[i] = coefficients[column + 8 * i];
      }
      pass(CONSTANT_BITS - passBits);
      for (int i = 0; i < 8; i++) {
        work[column + 8 * i] = line[i];
      }
    }
    for (int row = 0; row < 8; row++) {
      System.arraycopy(work, row * 8, line, 0, 8);
      pass(CONSTANT_BITS + passBits + 3);
      int to = at + row * stride;
      for (int i = 0; i < 8; i++) {
        plane[to + i] = (short) Math.max(0, Math.min(max, line[i] + center));
      }
    }
  }

  /** One dimension, in place, the result scaled down by so many bits. */
  private void pass(int shift) {
    int z1 = (line[2] + line[6]) * F_0_541;
    int even2 = z1 - line[6] * F_1_847;
    int even3 = z1 + line[2] * F_0_765;
    int even0 = (line[0] + line[4]) << CONSTANT_BITS;
    int even1 = (line[0] - line[4]) << CONSTANT_BITS;
    final int sum0 = even0 + even3;
    final int sum3 = even0 - even3;
    final int sum1 = even1 + even2;
    final int sum2 = even1 - even2;

    int odd0 = line[7];
    int odd1 = line[5];
    int odd2 = line[3];
    int odd3 = line[1];
    int z5 = (odd0 + odd2 + odd1 + odd3) * F_1_175;
    int a1 = -(odd0 + odd3) * F_0_899;
    int a2 = -(odd1 + odd2) * F_2_562;
    int a3 = z5 - (odd0 + odd2) * F_1_961;
    int a4 = z5 - (odd1 + odd3) * F_0_390;
    odd0 = odd0 * F_0_298 + a1 + a3;
    odd1 = odd1 * F_2_053 + a2 + a4;
    odd2 = odd2 * F_3_072 + a2 + a3;
    odd3 = odd3 * F_1_501 + a1 + a4;

    int round = 1 << (shift - 1);
    line[0] = (sum0 + odd3 + round) >> shift;
    line[7] = (sum0 - odd3 + round) >> shift;
    line[1] = (sum1 + odd2 + round) >> shift;
    line[6] = (sum1 - odd2 + round) >> shift;
    line[2] = (sum2 + odd1 + round) >> shift;
    line[5] = (sum2 - odd1 + round) >> shift;
    line[3] = (sum3 + odd0 + round) >> shift;
    line[4] = (sum3 - odd0 + round) >> shift;
  }
}
