package org.magsd.inference.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.FloatBuffer;
import org.magsd.ingest.image.GrayImage;

/**
 * Brings values to mean 0 and (population) standard deviation 1. Where all values are equal the
 * result is 0, not a division by zero.
 */
public enum ZScore {
  /** Over the whole image: the plain reading of the paper. */
  @JsonProperty("image")
  IMAGE {
    @Override
    void standardise(byte[] pixels, int width, int height, FloatBuffer out) {
      long sum = 0;
      long squares = 0;
      for (byte pixel : pixels) {
        int grey = pixel & 0xff;
        sum += grey;
        squares += grey * grey;
      }
      double mean = (double) sum / pixels.length;
      double scale = scale(sum, squares, pixels.length);
      for (byte pixel : pixels) {
        out.put((float) (((pixel & 0xff) - mean) * scale));
      }
    }
  },
  /** Over each column of pixels separately: what the authors' implementation does. */
  @JsonProperty("column")
  COLUMN {
    @Override
    void standardise(byte[] pixels, int width, int height, FloatBuffer out) {
      long[] sums = new long[width];
      long[] squares = new long[width];
      for (int at = 0, x = 0; at < pixels.length; at++) {
        int grey = pixels[at] & 0xff;
        sums[x] += grey;
        squares[x] += grey * grey;
        x = x + 1 == width ? 0 : x + 1;
      }
      double[] means = new double[width];
      double[] scales = new double[width];
      for (int x = 0; x < width; x++) {
        means[x] = (double) sums[x] / height;
        scales[x] = scale(sums[x], squares[x], height);
      }
      for (int at = 0, x = 0; at < pixels.length; at++) {
        out.put((float) (((pixels[at] & 0xff) - means[x]) * scales[x]));
        x = x + 1 == width ? 0 : x + 1;
      }
    }
  };

  /** The standardised values, row-major. */
  public float[] apply(GrayImage image) {
    float[] values = new float[image.pixels().length];
    apply(image, FloatBuffer.wrap(values));
    return values;
  }

  /** Puts the standardised values, row-major, at the buffer's position. */
  public void apply(GrayImage image, FloatBuffer out) {
    standardise(image.pixels(), image.width(), image.height(), out);
  }

  abstract void standardise(byte[] pixels, int width, int height, FloatBuffer out);

  /** One over the standard deviation, 0 where there is none; the sums are exact integers. */
  private static double scale(long sum, long squares, long count) {
    long spread = count * squares - sum * sum;
    return spread == 0 ? 0 : count / Math.sqrt((double) spread);
  }
}
