package org.magsd.inference.model;

import com.fasterxml.jackson.annotation.JsonProperty;
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
    float[] standardise(byte[] pixels, int width, int height) {
      long sum = 0;
      long squares = 0;
      for (byte pixel : pixels) {
        int grey = pixel & 0xff;
        sum += grey;
        squares += grey * grey;
      }
      double mean = (double) sum / pixels.length;
      double scale = scale(sum, squares, pixels.length);
      float[] ofGrey = new float[256];
      for (int grey = 0; grey < ofGrey.length; grey++) {
        ofGrey[grey] = (float) ((grey - mean) * scale);
      }
      float[] out = new float[pixels.length];
      for (int at = 0; at < pixels.length; at++) {
        out[at] = ofGrey[pixels[at] & 0xff];
      }
      return out;
    }
  },
  /** Over each column of pixels separately: what the authors' implementation does. */
  @JsonProperty("column")
  COLUMN {
    @Override
    float[] standardise(byte[] pixels, int width, int height) {
      long[] sums = new long[width];
      long[] squares = new long[width];
      for (int row = 0; row < pixels.length; row += width) {
        for (int x = 0; x < width; x++) {
          int grey = pixels[row + x] & 0xff;
          sums[x] += grey;
          squares[x] += grey * grey;
        }
      }
      double[] means = new double[width];
      double[] scales = new double[width];
      for (int x = 0; x < width; x++) {
        means[x] = (double) sums[x] / height;
        scales[x] = scale(sums[x], squares[x], height);
      }
      float[] out = new float[pixels.length];
      for (int row = 0; row < pixels.length; row += width) {
        for (int x = 0; x < width; x++) {
          out[row + x] = (float) (((pixels[row + x] & 0xff) - means[x]) * scales[x]);
        }
      }
      return out;
    }
  };

  /** The standardised values, row-major. */
  public float[] apply(GrayImage image) {
    return standardise(image.pixels(), image.width(), image.height());
  }

  abstract float[] standardise(byte[] pixels, int width, int height);

  /** One over the standard deviation, 0 where there is none; the sums are exact integers. */
  private static double scale(long sum, long squares, long count) {
    long spread = count * squares - sum * sum;
    return spread == 0 ? 0 : count / Math.sqrt((double) spread);
  }
}
