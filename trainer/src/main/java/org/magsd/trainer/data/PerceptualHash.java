package org.magsd.trainer.data;

import java.util.Arrays;
import org.magsd.ingest.image.GrayImage;

/**
 * A 256-bit difference hash: the film averaged to 17x16 cells, a bit per pair of neighbours in a
 * row, set where the left one is brighter. Survives resizing, re-encoding and changes of
 * brightness; differs in about 128 bits between unrelated pictures, in fewer between chest films,
 * which resemble each other.
 *
 * <p>Source: N. Krawetz, "Kind of Like That" (dHash), at four times the usual number of bits.
 */
public final class PerceptualHash {
  private static final int ROWS = 16;
  private static final int COLUMNS = 17;
  private final long[] bits;

  private PerceptualHash(long[] bits) {
    this.bits = bits;
  }

  /** The film's hash. */
  public static PerceptualHash of(GrayImage film) {
    double[] cells = cells(film);
    long[] bits = new long[ROWS * (COLUMNS - 1) / Long.SIZE];
    for (int y = 0, bit = 0; y < ROWS; y++) {
      for (int x = 0; x + 1 < COLUMNS; x++, bit++) {
        if (cells[y * COLUMNS + x] > cells[y * COLUMNS + x + 1]) {
          bits[bit / Long.SIZE] |= 1L << (bit % Long.SIZE);
        }
      }
    }
    return new PerceptualHash(bits);
  }

  /** Bits that differ, 0..256. */
  public int distance(PerceptualHash other) {
    int distance = 0;
    for (int i = 0; i < bits.length; i++) {
      distance += Long.bitCount(bits[i] ^ other.bits[i]);
    }
    return distance;
  }

  private static double[] cells(GrayImage film) {
    double[] cells = new double[ROWS * COLUMNS];
    for (int row = 0; row < ROWS; row++) {
      int top = row * film.height() / ROWS;
      int bottom = Math.max(top + 1, (row + 1) * film.height() / ROWS);
      for (int column = 0; column < COLUMNS; column++) {
        int left = column * film.width() / COLUMNS;
        int right = Math.max(left + 1, (column + 1) * film.width() / COLUMNS);
        cells[row * COLUMNS + column] = mean(film, left, top, right, bottom);
      }
    }
    return cells;
  }

  private static double mean(GrayImage film, int left, int top, int right, int bottom) {
    long sum = 0;
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        sum += film.at(x, y);
      }
    }
    return (double) sum / ((long) (right - left) * (bottom - top));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PerceptualHash hash && Arrays.equals(bits, hash.bits);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bits);
  }
}
