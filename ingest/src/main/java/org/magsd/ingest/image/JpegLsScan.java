package org.magsd.ingest.image;

import java.util.Arrays;
import org.magsd.ingest.dicom.DicomException;

/** Decodes one scan of JPEG-LS (ITU-T T.87 annex A and B). */
final class JpegLsScan {
  private static final int[] J = {
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15
  };
  private static final int REGULAR = 365;

  private final JpegLsParameters parameters;
  private final JpegLsBits bits;
  private final int columns;
  private final int near;
  private final int step;

  /** Per context: sum of error sizes, sum of errors, correction, count; two run contexts last. */
  private final int[] a = new int[REGULAR + 2];

  private final int[] b = new int[REGULAR];
  private final int[] c = new int[REGULAR];
  private final int[] n = new int[REGULAR + 2];
  private final int[] negatives = new int[2];
  private final int[] runIndex;
  private final int[] quantised;

  /** The line before and this one, by component, with a sample to the left and to the right. */
  private int[][] above;

  private int[][] line;

  JpegLsScan(JpegLsParameters parameters, JpegLsBits bits, int columns, int components) {
    this.parameters = parameters;
    this.bits = bits;
    this.columns = columns;
    this.near = parameters.near();
    this.step = 2 * near + 1;
    this.runIndex = new int[components];
    this.above = new int[components][columns + 2];
    this.line = new int[components][columns + 2];
    int span = parameters.max();
    this.quantised = new int[2 * span + 1];
    for (int i = -span; i <= span; i++) {
      quantised[span + i] = parameters.quantise(i);
    }
    reset();
  }

  void reset() {
    Arrays.fill(a, Math.max(2, (parameters.range() + 32) / 64));
    Arrays.fill(b, 0);
    Arrays.fill(c, 0);
    Arrays.fill(n, 1);
    Arrays.fill(negatives, 0);
    Arrays.fill(runIndex, 0);
    for (int[] samples : above) {
      Arrays.fill(samples, 0);
    }
    for (int[] samples : line) {
      Arrays.fill(samples, 0);
    }
  }

  /** Decodes the next line, component after component. */
  int[][] lineByLine() throws DicomException {
    begin();
    for (int component = 0; component < line.length; component++) {
      plain(component);
    }
    bits.checkNotExhausted();
    return line;
  }

  /** Decodes the next line, pixel after pixel. */
  int[][] sampleBySample() throws DicomException {
    begin();
    int x = 1;
    while (x <= columns) {
      boolean run = true;
      for (int component = 0; component < line.length && run; component++) {
        run = context(component, x) == 0;
      }
      if (run) {
        x = run(x);
      } else {
        for (int component = 0; component < line.length; component++) {
          line[component][x] = regular(component, x, context(component, x));
        }
        x++;
      }
    }
    bits.checkNotExhausted();
    return line;
  }

  private void begin() {
    int[][] swapped = above;
    above = line;
    line = swapped;
    for (int component = 0; component < line.length; component++) {
      line[component][0] = above[component][1];
      above[component][columns + 1] = above[component][columns];
    }
  }

  private void plain(int component) throws DicomException {
    int[] samples = line[component];
    int x = 1;
    while (x <= columns) {
      int context = context(component, x);
      if (context != 0) {
        samples[x] = regular(component, x, context);
        x++;
        continue;
      }
      int length = runLength(component, columns + 1 - x);
      Arrays.fill(samples, x, x + length, samples[x - 1]);
      x += length;
      if (x <= columns) {
        boolean flat = Math.abs(samples[x - 1] - above[component][x]) <= near;
        samples[x] = interruption(component, x, flat ? 1 : 0, component);
        runIndex[component] = Math.max(0, runIndex[component] - 1);
        x++;
      }
    }
  }

  /** A run of whole pixels; tells where it and the pixel that ends it are over. */
  private int run(int from) throws DicomException {
    int length = runLength(0, columns + 1 - from);
    int x = from + length;
    for (int[] samples : line) {
      Arrays.fill(samples, from, x, samples[from - 1]);
    }
    if (x > columns) {
      return x;
    }
    for (int component = 0; component < line.length; component++) {
      line[component][x] = interruption(component, x, 0, 0);
    }
    runIndex[0] = Math.max(0, runIndex[0] - 1);
    return x + 1;
  }

  /** The three gradients as one signed number (A.3). */
  private int context(int component, int x) {
    int[] before = above[component];
    int left = line[component][x - 1];
    int top = before[x];
    int corner = before[x - 1];
    int span = parameters.max();
    return quantised[before[x + 1] - top + span] * 81
        + quantised[top - corner + span] * 9
        + quantised[corner - left + span];
  }

  private int regular(int component, int x, int signedContext) throws DicomException {
    final int left = line[component][x - 1];
    final int top = above[component][x];
    final int corner = above[component][x - 1];
    int sign = signedContext < 0 ? -1 : 1;
    int q = signedContext * sign;
    int prediction;
    if (corner >= Math.max(left, top)) {
      prediction = Math.min(left, top);
    } else if (corner <= Math.min(left, top)) {
      prediction = Math.max(left, top);
    } else {
      prediction = left + top - corner;
    }
    prediction = Math.max(0, Math.min(parameters.max(), prediction + sign * c[q]));
    int k = 0;
    while (n[q] << k < a[q]) {
      k++;
    }
    int mapped = golomb(k, parameters.limit());
    boolean inverted = near == 0 && k == 0 && 2 * b[q] <= -n[q];
    int error = (mapped & 1) == 0 ? mapped >> 1 : -((mapped + 1) >> 1);
    if (inverted) {
      error = -error - 1;
    }
    update(q, error);
    return reconstruct(prediction + sign * error * step);
  }

  private int golomb(int k, int limit) throws DicomException {
    int escape = limit - parameters.errorBits() - 1;
    int zeros = bits.zeros(limit);
    return zeros < escape ? zeros << k | bits.take(k) : bits.take(parameters.errorBits()) + 1;
  }

  private void update(int q, int error) throws DicomException {
    a[q] += Math.abs(error);
    b[q] += error * step;
    if (a[q] >= 1 << 24) {
      throw new DicomException("JPEG-LS prediction errors out of bounds");
    }
    if (n[q] == parameters.reset()) {
      a[q] >>= 1;
      b[q] >>= 1;
      n[q] >>= 1;
    }
    n[q]++;
    if (b[q] <= -n[q]) {
      b[q] = Math.max(b[q] + n[q], 1 - n[q]);
      c[q] = Math.max(-128, c[q] - 1);
    } else if (b[q] > 0) {
      b[q] = Math.min(b[q] - n[q], 0);
      c[q] = Math.min(127, c[q] + 1);
    }
  }

  private int reconstruct(int value) {
    int fixed = value;
    if (fixed < -near) {
      fixed += parameters.range() * step;
    } else if (fixed > parameters.max() + near) {
      fixed -= parameters.range() * step;
    }
    return Math.max(0, Math.min(parameters.max(), fixed));
  }

  private int runLength(int component, int remaining) {
    int length = 0;
    while (bits.bit()) {
      int whole = 1 << J[runIndex[component]];
      if (length + whole > remaining) {
        return remaining;
      }
      length += whole;
      runIndex[component] = Math.min(31, runIndex[component] + 1);
      if (length == remaining) {
        return length;
      }
    }
    // More than the line holds is a damaged stream; the line's end is as far as it goes.
    return Math.min(remaining, length + bits.take(J[runIndex[component]]));
  }

  /** The sample after a run (A.7.2); type 1 where its neighbours are alike. */
  private int interruption(int component, int x, int type, int index) throws DicomException {
    int left = line[component][x - 1];
    int top = above[component][x];
    int q = REGULAR + type;
    int sum = type == 0 ? a[q] : a[q] + (n[q] >> 1);
    int k = 0;
    while (n[q] << k < sum) {
      k++;
    }
    int mapped = golomb(k, parameters.limit() - J[runIndex[index]] - 1);
    int magnitude = mapped + type;
    int odd = magnitude & 1;
    int error = (magnitude + odd) >> 1;
    boolean negative = (k != 0 || 2 * negatives[type] >= n[q]) == (odd == 1);
    if (negative) {
      error = -error;
    }
    if (error < 0) {
      negatives[type]++;
    }
    a[q] += (mapped + 1 - type) >> 1;
    if (a[q] >= 1 << 24) {
      throw new DicomException("JPEG-LS prediction errors out of bounds");
    }
    if (n[q] == parameters.reset()) {
      a[q] >>= 1;
      n[q] >>= 1;
      negatives[type] >>= 1;
    }
    n[q]++;
    int sign = type == 0 && left > top ? -1 : 1;
    return reconstruct((type == 1 ? left : top) + sign * error * step);
  }
}
