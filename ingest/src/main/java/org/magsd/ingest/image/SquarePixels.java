package org.magsd.ingest.image;

/** Resamples a picture whose pixels are not square, by stretching its coarser direction. */
final class SquarePixels {
  /** Ratios within half a per cent of 1 are rounding, those beyond 10 a mistake. */
  private static final double TOLERANCE = 0.005;

  private static final double EXTREME = 10;

  private SquarePixels() {}

  /**
   * @param aspect height of a pixel over its width
   */
  static GrayImage of(GrayImage image, double aspect) {
    boolean square = Math.abs(aspect - 1) <= TOLERANCE;
    boolean extreme = !(aspect >= 1 / EXTREME && aspect <= EXTREME);
    if (square || extreme) {
      return image;
    }
    long width = Math.round(aspect < 1 ? image.width() / aspect : image.width());
    long height = Math.round(aspect < 1 ? image.height() : image.height() * aspect);
    if (width * height > PixelFormat.MAX_PIXELS) {
      return image;
    }
    return bilinear(image, (int) width, (int) height);
  }

  private static GrayImage bilinear(GrayImage image, int width, int height) {
    byte[] pixels = new byte[width * height];
    double stepX = image.width() / (double) width;
    double stepY = image.height() / (double) height;
    for (int y = 0; y < height; y++) {
      double sourceY = Math.max(0, Math.min(image.height() - 1.0, (y + 0.5) * stepY - 0.5));
      int top = (int) sourceY;
      int bottom = Math.min(image.height() - 1, top + 1);
      for (int x = 0; x < width; x++) {
        double sourceX = Math.max(0, Math.min(image.width() - 1.0, (x + 0.5) * stepX - 0.5));
        int left = (int) sourceX;
        int right = Math.min(image.width() - 1, left + 1);
        double upper = mix(value(image, left, top), value(image, right, top), sourceX - left);
        double lower = mix(value(image, left, bottom), value(image, right, bottom), sourceX - left);
        pixels[y * width + x] = (byte) Math.rint(mix(upper, lower, sourceY - top));
      }
    }
    return new GrayImage(width, height, pixels);
  }

  private static double mix(double first, double second, double part) {
    return first + (second - first) * part;
  }

  private static int value(GrayImage image, int x, int y) {
    return image.pixels()[y * image.width() + x] & 0xff;
  }
}
