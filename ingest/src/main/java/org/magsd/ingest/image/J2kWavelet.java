package org.magsd.ingest.image;

/**
 * The inverse wavelet transforms (ITU-T T.800 annex F) of a plane in which each resolution's low
 * band comes first. Rows before columns.
 *
 * <p>The irreversible one computes in single precision in the order and with the constants of
 * OpenJPEG, whose results others compare with: high bands are scaled by 2/K, and their steps go
 * without the band's gain.
 */
final class J2kWavelet {
  private static final float ALPHA = -1.5861343f;
  private static final float BETA = -0.052980117f;
  private static final float GAMMA = 0.8829111f;
  private static final float DELTA = 0.44350687f;
  private static final float K = 1.2301741f;
  private static final float TWO_OVER_K = 1.6257324f;

  /** Columns that are transformed together, for the cache's sake. */
  private static final int STRIP = 16;

  private J2kWavelet() {}

  static void reversible(int[] plane, J2kTile tile) {
    int stride = tile.width();
    int longest = Math.max(tile.width(), tile.height());
    int[] line = new int[longest * STRIP];
    for (int r = 1; r <= tile.coding.levels(); r++) {
      int width = tile.at(tile.x1, r) - tile.at(tile.x0, r);
      int height = tile.at(tile.y1, r) - tile.at(tile.y0, r);
      int oddX = tile.at(tile.x0, r) & 1;
      int oddY = tile.at(tile.y0, r) & 1;
      int low = tile.at(tile.x1, r - 1) - tile.at(tile.x0, r - 1);
      for (int y = 0; y < height; y++) {
        int row = y * stride;
        for (int i = 0; i < width; i++) {
          line[place(i, low, oddX)] = plane[row + i];
        }
        lift(line, width, oddX, 1);
        System.arraycopy(line, 0, plane, row, width);
      }
      low = tile.at(tile.y1, r - 1) - tile.at(tile.y0, r - 1);
      for (int x = 0; x < width; x += STRIP) {
        int count = Math.min(STRIP, width - x);
        for (int i = 0; i < height; i++) {
          System.arraycopy(plane, i * stride + x, line, place(i, low, oddY) * count, count);
        }
        lift(line, height, oddY, count);
        for (int i = 0; i < height; i++) {
          System.arraycopy(line, i * count, plane, i * stride + x, count);
        }
      }
    }
  }

  static void irreversible(float[] plane, J2kTile tile) {
    int stride = tile.width();
    int longest = Math.max(tile.width(), tile.height());
    float[] line = new float[longest * STRIP];
    for (int r = 1; r <= tile.coding.levels(); r++) {
      int width = tile.at(tile.x1, r) - tile.at(tile.x0, r);
      int height = tile.at(tile.y1, r) - tile.at(tile.y0, r);
      int oddX = tile.at(tile.x0, r) & 1;
      int oddY = tile.at(tile.y0, r) & 1;
      int low = tile.at(tile.x1, r - 1) - tile.at(tile.x0, r - 1);
      for (int y = 0; y < height; y++) {
        int row = y * stride;
        for (int i = 0; i < width; i++) {
          line[place(i, low, oddX)] = plane[row + i];
        }
        lift(line, width, oddX, 1);
        System.arraycopy(line, 0, plane, row, width);
      }
      low = tile.at(tile.y1, r - 1) - tile.at(tile.y0, r - 1);
      for (int x = 0; x < width; x += STRIP) {
        int count = Math.min(STRIP, width - x);
        for (int i = 0; i < height; i++) {
          System.arraycopy(plane, i * stride + x, line, place(i, low, oddY) * count, count);
        }
        lift(line, height, oddY, count);
        for (int i = 0; i < height; i++) {
          System.arraycopy(line, i * count, plane, i * stride + x, count);
        }
      }
    }
  }

  /** Where the i-th of low and then high coefficients lies among the interleaved ones. */
  private static int place(int i, int low, int odd) {
    return i < low ? 2 * i + odd : 2 * (i - low) + 1 - odd;
  }

  /** 5/3 on so many columns side by side; {@code odd} where the first coefficient is a high one. */
  private static void lift(int[] line, int length, int odd, int columns) {
    if (length == 1) {
      for (int x = 0; x < columns && odd == 1; x++) {
        line[x] /= 2;
      }
      return;
    }
    for (int i = odd; i < length; i += 2) {
      int before = (i == 0 ? 1 : i - 1) * columns;
      int after = (i == length - 1 ? i - 1 : i + 1) * columns;
      for (int x = 0; x < columns; x++) {
        line[i * columns + x] -= (line[before + x] + line[after + x] + 2) >> 2;
      }
    }
    for (int i = 1 - odd; i < length; i += 2) {
      int before = (i == 0 ? 1 : i - 1) * columns;
      int after = (i == length - 1 ? i - 1 : i + 1) * columns;
      for (int x = 0; x < columns; x++) {
        line[i * columns + x] += (line[before + x] + line[after + x]) >> 1;
      }
    }
  }

  /** 9/7. */
  private static void lift(float[] line, int length, int odd, int columns) {
    if (length == 1) {
      return;
    }
    for (int i = 0; i < length; i++) {
      float scale = (i & 1) == odd ? K : TWO_OVER_K;
      for (int x = 0; x < columns; x++) {
        line[i * columns + x] *= scale;
      }
    }
    step(line, length, odd, columns, -DELTA);
    step(line, length, 1 - odd, columns, -GAMMA);
    step(line, length, odd, columns, -BETA);
    step(line, length, 1 - odd, columns, -ALPHA);
  }

  private static void step(float[] line, int length, int first, int columns, float factor) {
    for (int i = first; i < length; i += 2) {
      int before = (i == 0 ? 1 : i - 1) * columns;
      int after = (i == length - 1 ? i - 1 : i + 1) * columns;
      for (int x = 0; x < columns; x++) {
        line[i * columns + x] += (line[before + x] + line[after + x]) * factor;
      }
    }
  }
}
