package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;

/**
 * Coding parameters of a JPEG-LS scan (ITU-T T.87 C.2.4.1.1) and what follows from them (A.2.1).
 *
 * @param near largest difference from the original; 0 for lossless
 * @param range values of a prediction error
 * @param errorBits bits of an escaped prediction error
 * @param limit longest code
 */
record JpegLsParameters(
    int max, int t1, int t2, int t3, int reset, int near, int range, int errorBits, int limit) {

  /** What an LSE segment presets; zeros stand for the default. */
  record Preset(int max, int t1, int t2, int t3, int reset) {
    static final Preset NONE = new Preset(0, 0, 0, 0, 0);
  }

  static JpegLsParameters of(int precision, int near, Preset preset) throws DicomException {
    int max = preset.max() == 0 ? (1 << precision) - 1 : preset.max();
    if (max >= 1 << precision || near > Math.min(255, max / 2)) {
      throw new DicomException("JPEG-LS parameters: MAXVAL " + max + ", NEAR " + near);
    }
    int[] defaults = thresholds(max, near);
    int range = (max + 2 * near) / (2 * near + 1) + 1;
    int bits = Math.max(2, bitsFor(max + 1));
    return new JpegLsParameters(
        max,
        preset.t1() == 0 ? defaults[0] : preset.t1(),
        preset.t2() == 0 ? defaults[1] : preset.t2(),
        preset.t3() == 0 ? defaults[2] : preset.t3(),
        preset.reset() == 0 ? 64 : preset.reset(),
        near,
        range,
        bitsFor(range),
        2 * (bits + Math.max(8, bits)));
  }

  private static int bitsFor(int values) {
    return 32 - Integer.numberOfLeadingZeros(values - 1);
  }

  private static int[] thresholds(int max, int near) {
    if (max >= 128) {
      int factor = (Math.min(max, 4095) + 128) / 256;
      int t1 = clamp(factor + 2 + 3 * near, near + 1, max);
      int t2 = clamp(factor * 4 + 3 + 5 * near, t1, max);
      return new int[] {t1, t2, clamp(factor * 17 + 4 + 7 * near, t2, max)};
    }
    int factor = 256 / (max + 1);
    int t1 = clamp(Math.max(2, 3 / factor + 3 * near), near + 1, max);
    int t2 = clamp(Math.max(3, 7 / factor + 5 * near), t1, max);
    return new int[] {t1, t2, clamp(Math.max(4, 21 / factor + 7 * near), t2, max)};
  }

  private static int clamp(int value, int low, int high) {
    return value > high || value < low ? low : value;
  }

  /** The region of a gradient, -4 to 4 (A.3.3). */
  int quantise(int gradient) {
    int size = Math.abs(gradient);
    int region = size <= near ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4;
    return gradient < 0 ? -region : region;
  }
}
