package org.magsd.ingest.image;

/**
 * The inverse wavelet transforms (ITU-T T.800 annex F) of a plane in which each resolution's low
 * band comes first. Rows before columns, these side by side, low and high coefficients in arrays of
 * their own: so each step is one loop over all of them, which the JVM computes with vectors.
 *
 * @param <A> {@code int[]} or {@code float[]}
 */
abstract class J2kWavelet<A> {
  /** Columns that are transformed together, for the cache's sake. */
  private static final int STRIP = 32;

  private final A plane;
  private final J2kTile tile;
  private final A low;
  private final A high;

  /**
   * @param low scratch of {@link #room} places, as {@code high}
   */
  private J2kWavelet(A plane, J2kTile tile, A low, A high) {
    this.plane = plane;
    this.tile = tile;
    this.low = low;
    this.high = high;
  }

  /** For half of a row, or of a strip of columns. */
  private static int room(J2kTile tile) {
    return Math.max((tile.width() + 1) / 2, (tile.height() + 1) / 2 * STRIP);
  }

  /** 5/3. */
  static void reversible(int[] plane, J2kTile tile) {
    new Reversible(plane, tile).undo();
  }

  /**
   * 9/7, in single precision, in the order and with the constants of OpenJPEG, whose results others
   * compare with: high bands are scaled by 2/K, and their steps go without the band's gain.
   */
  static void irreversible(float[] plane, J2kTile tile) {
    new Irreversible(plane, tile).undo();
  }

  /**
   * Undoes the lifting of signals that lie side by side, each at every so manieth place.
   *
   * @param odd 1 where a signal begins with a high coefficient, else 0
   * @param beside number of signals
   */
  abstract void lift(A low, int lows, A high, int highs, int odd, int beside);

  /** Puts one signal's coefficients into their places. */
  abstract void interleave(A from, int count, A to, int at);

  final void undo() {
    int stride = tile.width();
    for (int r = 1; r <= tile.coding.levels(); r++) {
      int width = tile.at(tile.x1, r) - tile.at(tile.x0, r);
      int height = tile.at(tile.y1, r) - tile.at(tile.y0, r);
      int lows = tile.at(tile.x1, r - 1) - tile.at(tile.x0, r - 1);
      int odd = tile.at(tile.x0, r) & 1;
      for (int y = 0; y < height; y++) {
        row(y * stride, lows, width - lows, odd);
      }
      lows = tile.at(tile.y1, r - 1) - tile.at(tile.y0, r - 1);
      odd = tile.at(tile.y0, r) & 1;
      for (int x = 0; x < width; x += STRIP) {
        columns(x, Math.min(STRIP, width - x), lows, height - lows, odd);
      }
    }
  }

  @SuppressWarnings("SuspiciousSystemArraycopy") // of arrays, whatever their elements
  private void row(int at, int lows, int highs, int odd) {
    System.arraycopy(plane, at, low, 0, lows);
    System.arraycopy(plane, at + lows, high, 0, highs);
    lift(low, lows, high, highs, odd, 1);
    interleave(low, lows, plane, at + odd);
    interleave(high, highs, plane, at + 1 - odd);
  }

  @SuppressWarnings("SuspiciousSystemArraycopy") // of arrays, whatever their elements
  private void columns(int x, int count, int lows, int highs, int odd) {
    int stride = tile.width();
    for (int i = 0; i < lows; i++) {
      System.arraycopy(plane, i * stride + x, low, i * count, count);
    }
    for (int i = 0; i < highs; i++) {
      System.arraycopy(plane, (lows + i) * stride + x, high, i * count, count);
    }
    lift(low, lows, high, highs, odd, count);
    for (int i = 0; i < lows; i++) {
      System.arraycopy(low, i * count, plane, (2 * i + odd) * stride + x, count);
    }
    for (int i = 0; i < highs; i++) {
      System.arraycopy(high, i * count, plane, (2 * i + 1 - odd) * stride + x, count);
    }
  }

  private static final class Reversible extends J2kWavelet<int[]> {
    Reversible(int[] plane, J2kTile tile) {
      super(plane, tile, new int[room(tile)], new int[room(tile)]);
    }

    @Override
    void lift(int[] low, int lows, int[] high, int highs, int odd, int beside) {
      if (lows + highs > 1) {
        lowStep(low, lows * beside, high, highs * beside, odd * beside, beside);
        highStep(high, highs * beside, low, lows * beside, (1 - odd) * beside, beside);
      } else if (highs == 1) {
        for (int i = 0; i < beside; i++) {
          high[i] /= 2;
        }
      }
    }

    /** Of each two neighbours the first is as far on as the coefficient, or one before it. */
    private static void lowStep(int[] to, int count, int[] from, int there, int ahead, int one) {
      int first = one - ahead;
      int last = Math.min(count, there - ahead);
      for (int i = 0; i < first; i++) {
        to[i] -= (from[i] + from[i] + 2) >> 2;
      }
      for (int i = first; i < last; i++) {
        to[i] -= (from[i - first] + from[i + ahead] + 2) >> 2;
      }
      for (int i = Math.max(first, last); i < count; i++) {
        int edge = from[i - first];
        to[i] -= (edge + edge + 2) >> 2;
      }
    }

    private static void highStep(int[] to, int count, int[] from, int there, int ahead, int one) {
      int first = one - ahead;
      int last = Math.min(count, there - ahead);
      for (int i = 0; i < first; i++) {
        to[i] += (from[i] + from[i]) >> 1;
      }
      for (int i = first; i < last; i++) {
        to[i] += (from[i - first] + from[i + ahead]) >> 1;
      }
      for (int i = Math.max(first, last); i < count; i++) {
        int edge = from[i - first];
        to[i] += (edge + edge) >> 1;
      }
    }

    @Override
    void interleave(int[] from, int count, int[] to, int at) {
      for (int i = 0; i < count; i++) {
        to[at + 2 * i] = from[i];
      }
    }
  }

  private static final class Irreversible extends J2kWavelet<float[]> {
    private static final float ALPHA = -1.5861343f;
    private static final float BETA = -0.052980117f;
    private static final float GAMMA = 0.8829111f;
    private static final float DELTA = 0.44350687f;
    private static final float K = 1.2301741f;
    private static final float TWO_OVER_K = 1.6257324f;

    Irreversible(float[] plane, J2kTile tile) {
      super(plane, tile, new float[room(tile)], new float[room(tile)]);
    }

    @Override
    void lift(float[] low, int lows, float[] high, int highs, int odd, int beside) {
      if (lows + highs < 2) {
        return;
      }
      int l = lows * beside;
      int h = highs * beside;
      scale(low, l, K);
      scale(high, h, TWO_OVER_K);
      step(low, l, high, h, odd * beside, beside, -DELTA);
      step(high, h, low, l, (1 - odd) * beside, beside, -GAMMA);
      step(low, l, high, h, odd * beside, beside, -BETA);
      step(high, h, low, l, (1 - odd) * beside, beside, -ALPHA);
    }

    private static void scale(float[] values, int count, float factor) {
      for (int i = 0; i < count; i++) {
        values[i] *= factor;
      }
    }

    /** The neighbours as in {@link Reversible#lowStep}. */
    private static void step(
        float[] to, int count, float[] from, int there, int ahead, int one, float factor) {
      int first = one - ahead;
      int last = Math.min(count, there - ahead);
      for (int i = 0; i < first; i++) {
        to[i] += (from[i] + from[i]) * factor;
      }
      for (int i = first; i < last; i++) {
        to[i] += (from[i - first] + from[i + ahead]) * factor;
      }
      for (int i = Math.max(first, last); i < count; i++) {
        float edge = from[i - first];
        to[i] += (edge + edge) * factor;
      }
    }

    @Override
    void interleave(float[] from, int count, float[] to, int at) {
      for (int i = 0; i < count; i++) {
        to[at + 2 * i] = from[i];
      }
    }
  }
}
