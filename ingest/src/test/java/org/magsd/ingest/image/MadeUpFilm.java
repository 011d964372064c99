package org.magsd.ingest.image;

import java.util.Random;

/** A picture for codecs: flat parts, a slope, noise, and edges over the whole range. */
final class MadeUpFilm {
  private MadeUpFilm() {}

  /** Unsigned values, row by row, of one byte or two, little endian; always the same. */
  static byte[] of(int columns, int rows, int bits) {
    return planes(columns, rows, bits, 1, 0);
  }

  /**
   * The same of several samples a pixel, one plane after the other.
   *
   * @param least what stands for the smallest value; below zero for signed ones
   */
  static byte[] planes(int columns, int rows, int bits, int samples, int least) {
    Random random = new Random(bits);
    int max = (1 << bits) - 1;
    int width = bits > 8 ? 2 : 1;
    byte[] film = new byte[columns * rows * samples * width];
    for (int i = 0; i < columns * rows * samples; i++) {
      int row = i / columns % rows;
      int column = i % columns;
      int value;
      if (row < rows / 4) {
        value = column / 13 % 2 == 0 ? 0 : max;
      } else if (row < rows / 2) {
        value = (int) ((long) max * column / columns);
      } else {
        value = Math.floorMod((row - column) * max / 90 + random.nextInt(max / 20 + 2), max + 1);
      }
      for (int b = 0; b < width; b++) {
        film[i * width + b] = (byte) ((value + least) >> (8 * b));
      }
    }
    return film;
  }
}
