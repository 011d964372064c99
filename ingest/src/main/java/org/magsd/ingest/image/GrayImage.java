package org.magsd.ingest.image;

import java.util.Arrays;

/**
 * One film as it is displayed: 8-bit grey, row-major, 0 black, 255 white.
 *
 * <p>The pixel array is handed over, not copied; nobody writes to it afterwards.
 */
public final class GrayImage {
  private final int width;
  private final int height;
  private final byte[] pixels;

  /**
   * @throws IllegalArgumentException if a side is not positive or the array does not hold width x
   *     height values
   */
  public GrayImage(int width, int height, byte[] pixels) {
    if (width <= 0 || height <= 0 || (long) width * height != pixels.length) {
      throw new IllegalArgumentException(
          "image of " + width + "x" + height + " with " + pixels.length + " values");
    }
    this.width = width;
    this.height = height;
    this.pixels = pixels;
  }

  /** Columns. */
  public int width() {
    return width;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /** The values, row-major, unsigned; not to be written to. */
  public byte[] pixels() {
    return pixels;
  }

  /** The grey level at a column and row, 0..255. */
  public int at(int x, int y) {
    return pixels[y * width + x] & 0xff;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GrayImage image
        && width == image.width
        && height == image.height
        && Arrays.equals(pixels, image.pixels);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(pixels);
  }

  @Override
  public String toString() {
    return "GrayImage[" + width + "x" + height + "]";
  }
}
