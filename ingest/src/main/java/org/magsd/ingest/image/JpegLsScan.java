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

  /** Places of what a context knows (A.2.1), side by side since they are read together. */
  private static final int ERROR_SIZES = 0;

  /** Sum of errors; of a run context the number of negative ones. */
  private static final int ERRORS = 1;

  private static final int CORRECTION = 2;
  private static final int COUNT = 3;
  private static final int FIELDS = 4;

  /** What the contexts know; the two for the ends of runs come last. */
  private final int[] contexts = new int[FIELDS * (REGULAR + 2)];

  private final int[] runIndex;
  private final byte[] quantised;

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
    this.quantised = new byte[2 * span + 1];
    for (int i = -span; i <= span; i++) {
      quantised[span + i] = (byte) parameters.quantise(i);
    }
    reset();
  }

  void reset() {
    Arrays.fill(contexts, 0);
    for (int at = 0; at < contexts.length; at += FIELDS) {
      contexts[at + ERROR_SIZES] = Math.max(2, (parameters.range() + 32) / 64);
      contexts[at + COUNT] = 1;
    }
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
          int[] before = above[component];
          int[] samples = line[component];
          samples[x] = regular(samples[x - 1], before[x], before[x - 1], context(component, x));
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
    int[] before = above[component];
    int[] samples = line[component];
    int span = parameters.max();
    int x = 1;
    while (x <= columns) {
      int left = samples[x - 1];
      int corner = before[x - 1];
      int top = before[x];
      // As context() does, but with neighbours that the loop already has.
      for (int context; x <= columns; x++) {
        int next = before[x + 1];
        context =
            quantised[next - top + span] * 81
                + quantised[top - corner + span] * 9
                + quantised[corner - left + span];
        if (context == 0) {
          break;
        }
        left = regular(left, top, corner, context);
        samples[x] = left;
        corner = top;
        top = next;
      }
      if (x <= columns) {
        x = plainRun(component, x);
      }
    }
  }

  /** A run and the sample that ends it; tells where both are over. */
  private int plainRun(int component, int from) throws DicomException {
    int[] samples = line[component];
    int length = runLength(component, columns + 1 - from);
    int x = from + length;
    Arrays.fill(samples, from, x, samples[from - 1]);
    if (x > columns) {
      return x;
    }
    boolean flat = Math.abs(samples[x - 1] - above[component][x]) <= near;
    samples[x] = interruption(component, x, flat ? 1 : 0, component);
    runIndex[component] = Math.max(0, runIndex[component] - 1);
    return x + 1;
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

  /** A sample outside runs (A.4 to A.6), without branches that depend on noise where it can be. */
  private int regular(int left, int top, int corner, int signedContext) throws DicomException {
    int sign = signedContext >> 31;
    int at = FIELDS * ((signedContext ^ sign) - sign);
    int sizes = contexts[at + ERROR_SIZES];
    int errors = contexts[at + ERRORS];
    int correction = contexts[at + CORRECTION];
    int count = contexts[at + COUNT];
    // The middle one of left, top and the plane through all three neighbours.
    int median = Math.max(Math.min(left, top), Math.min(Math.max(left, top), left + top - corner));
    int prediction = Math.max(0, Math.min(parameters.max(), median + ((correction ^ sign) - sign)));
    int k = golombParameter(sizes, count);
    int mapped = golomb(k, parameters.limit());
    int error = (mapped >>> 1) ^ -(mapped & 1);
    if (k == 0 && near == 0 && 2 * errors <= -count) {
      error = ~error;
    }
    update(at, error, sizes, errors, correction, count);
    return reconstruct(prediction + ((error ^ sign) - sign) * step);
  }

  /** The least k with {@code count << k >= sizes} (A.5.1). */
  private static int golombParameter(int sizes, int count) {
    int k = Math.max(0, Integer.numberOfLeadingZeros(count) - Integer.numberOfLeadingZeros(sizes));
    return k + (((count << k) - sizes) >>> 31);
  }

  private int golomb(int k, int limit) throws DicomException {
    return bits.golomb(k, limit, parameters.errorBits());
  }

  private void update(int at, int error, int sizesBefore, int errorsBefore, int c, int countBefore)
      throws DicomException {
    int sizes = sizesBefore + Math.abs(error);
    int errors = errorsBefore + error * step;
    int count = countBefore;
    if (sizes >= 1 << 24) {
      throw new DicomException("JPEG-LS prediction errors out of bounds");
    }
    if (count == parameters.reset()) {
      sizes >>= 1;
      errors >>= 1;
      count >>= 1;
    }
    count++;
    int low = (errors + count - 1) >> 31;
    int high = -errors >> 31;
    errors += (count & low) - (count & high);
    contexts[at + CORRECTION] = Math.max(-128, Math.min(127, c + low - high));
    contexts[at + ERROR_SIZES] = sizes;
    contexts[at + ERRORS] = Math.max(1 - count, Math.min(0, errors));
    contexts[at + COUNT] = count;
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
    int at = FIELDS * (REGULAR + type);
    int sizes = contexts[at + ERROR_SIZES];
    int negatives = contexts[at + ERRORS];
    int count = contexts[at + COUNT];
    int k = golombParameter(type == 0 ? sizes : sizes + (count >> 1), count);
    int mapped = golomb(k, parameters.limit() - J[runIndex[index]] - 1);
    int magnitude = mapped + type;
    int odd = magnitude & 1;
    int error = (magnitude + odd) >> 1;
    boolean negative = (k != 0 || 2 * negatives >= count) == (odd == 1);
    if (negative) {
      error = -error;
    }
    if (error < 0) {
      negatives++;
    }
    sizes += (mapped + 1 - type) >> 1;
    if (sizes >= 1 << 24) {
      throw new DicomException("JPEG-LS prediction errors out of bounds");
    }
    if (count == parameters.reset()) {
      sizes >>= 1;
      count >>= 1;
      negatives >>= 1;
    }
    contexts[at + ERROR_SIZES] = sizes;
    contexts[at + ERRORS] = negatives;
    contexts[at + COUNT] = count + 1;
    int sign = type == 0 && left > top ? -1 : 1;
    return reconstruct((type == 1 ? left : top) + sign * error * step);
  }
}
