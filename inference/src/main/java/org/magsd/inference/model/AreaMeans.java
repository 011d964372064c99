package org.magsd.inference.model;

import java.util.Arrays;
import org.magsd.ingest.image.GrayImage;
import org.opencv.imgproc.Imgproc;

/**
 * Reduces films to means over areas: to the bit what OpenCV's {@code INTER_AREA} makes of them on
 * x86-64, its float32 sums in its order, in a fraction of its time. Films are reduced to a tenth,
 * so that this is most of what preparing one takes.
 */
final class AreaMeans {
  /** Of a source pixel, less than this is as good as nothing. */
  private static final double NOTHING = 1e-3;

  /** Rows that are summed beside each other. */
  private static final int ROWS = 4;

  /** Rows whose sums are kept: a row at the edge of two means is needed twice. */
  private static final int KEPT_ROWS = 2 * ROWS;

  static {
    OpenCv.load();
  }

  private AreaMeans() {}

  /**
   * A part of a film at another size; what does not shrink is interpolated.
   *
   * @return {@code [height * width]}, row by row
   */
  static byte[] of(GrayImage film, Region source, int width, int height) {
    double across = scale(source.width(), width);
    double down = scale(source.height(), height);
    boolean shrinks = across >= 1 && down >= 1;
    // For whole numbers OpenCV has another way, which is as fast.
    return shrinks && !(isWhole(across) && isWhole(down))
        ? means(film, source, width, height)
        : byOpenCv(film, source, width, height);
  }

  /** The same by OpenCV alone. */
  static byte[] byOpenCv(GrayImage film, Region source, int width, int height) {
    try (NativeImages images = new NativeImages()) {
      return images.resized(film, source, width, height, Imgproc.INTER_AREA);
    }
  }

  /** As OpenCV computes it, by way of its inverse. */
  private static double scale(int from, int to) {
    return 1 / ((double) to / from);
  }

  private static boolean isWhole(double scale) {
    return Math.abs(scale - Math.rint(scale)) < Math.ulp(1.0);
  }

  private static byte[] means(GrayImage film, Region source, int width, int height) {
    Axis columns = Axis.of(source.width(), width);
    Axis rows = Axis.of(source.height(), height);
    byte[] means = new byte[width * height];
    float[][] across = new float[KEPT_ROWS][width];
    float[] sums = new float[width];
    int known = 0;
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, 0);
      for (int k = rows.begin[y]; k < rows.begin[y + 1]; k++) {
        int row = rows.first[y] + k - rows.begin[y];
        if (row >= known) {
          int at = (source.y() + row) * film.width() + source.x();
          known = row + columns.sum(film, at, Math.min(ROWS, source.height() - row), across, row);
        }
        add(across[row % KEPT_ROWS], rows.weights[k], sums);
      }
      for (int x = 0; x < width; x++) {
        means[y * width + x] = (byte) Math.min(255, (int) Math.rint(sums[x]));
      }
    }
    return means;
  }

  private static void add(float[] across, float weight, float[] sums) {
    for (int x = 0; x < sums.length; x++) {
      sums[x] += weight * across[x];
    }
  }

  /**
   * Along one side: which source pixels a mean is of, and with what weight.
   *
   * @param first the first pixel of each mean
   * @param begin where in {@code weights} those of each mean begin, and at last their number
   */
  @SuppressWarnings("ArrayRecordComponent") // scratch of one reduction, never compared
  private record Axis(int[] first, int[] begin, float[] weights) {
    static Axis of(int from, int to) {
      double scale = scale(from, to);
      int[] first = new int[to];
      int[] begin = new int[to + 1];
      float[] weights = new float[from + 2 * to];
      int count = 0;
      for (int i = 0; i < to; i++) {
        double left = i * scale;
        double right = left + scale;
        double length = Math.min(scale, from - left);
        int end = Math.min((int) Math.floor(right), from - 1);
        int start = Math.min((int) Math.ceil(left), end);
        first[i] = start;
        begin[i] = count;
        if (start - left > NOTHING) {
          first[i]--;
          weights[count++] = (float) ((start - left) / length);
        }
        for (int pixel = start; pixel < end; pixel++) {
          weights[count++] = (float) (1 / length);
        }
        if (right - end > NOTHING) {
          weights[count++] = (float) (Math.min(Math.min(right - end, 1), length) / length);
        }
      }
      begin[to] = count;
      return new Axis(first, begin, weights);
    }

    /**
     * The weighted sums along some rows of pixels, as many as can be had in one go.
     *
     * @param at the first pixel
     * @param rows how many there are
     * @param row number of the first, by which the sums find their place
     * @return for how many
     */
    int sum(GrayImage film, int at, int rows, float[][] sums, int row) {
      if (rows == ROWS) {
        sum(
            film,
            at,
            sums[row % KEPT_ROWS],
            sums[(row + 1) % KEPT_ROWS],
            sums[(row + 2) % KEPT_ROWS],
            sums[(row + 3) % KEPT_ROWS]);
        return ROWS;
      }
      byte[] pixels = film.pixels();
      float[] one = sums[row % KEPT_ROWS];
      for (int x = 0; x < one.length; x++) {
        int pixel = at + first[x] - begin[x];
        float sum = 0;
        for (int k = begin[x]; k < begin[x + 1]; k++) {
          sum += (pixels[pixel + k] & 0xff) * weights[k];
        }
        one[x] = sum;
      }
      return 1;
    }

    /** Four rows beside each other: a sum of floats waits for each of its additions. */
    private void sum(GrayImage film, int at, float[] a, float[] b, float[] c, float[] d) {
      byte[] pixels = film.pixels();
      int stride = film.width();
      for (int x = 0; x < a.length; x++) {
        int pixel = at + first[x] - begin[x];
        float sumA = 0;
        float sumB = 0;
        float sumC = 0;
        float sumD = 0;
        for (int k = begin[x]; k < begin[x + 1]; k++) {
          float weight = weights[k];
          sumA += (pixels[pixel + k] & 0xff) * weight;
          sumB += (pixels[pixel + k + stride] & 0xff) * weight;
          sumC += (pixels[pixel + k + 2 * stride] & 0xff) * weight;
          sumD += (pixels[pixel + k + 3 * stride] & 0xff) * weight;
        }
        a[x] = sumA;
        b[x] = sumB;
        c[x] = sumC;
        d[x] = sumD;
      }
    }
  }
}
