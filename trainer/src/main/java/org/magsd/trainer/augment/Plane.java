package org.magsd.trainer.augment;

/**
 * One channel of an image or one attention map: a view of {@code height * width} values in a larger
 * row-major array.
 *
 * @param values the array that holds the plane
 * @param from where the plane begins
 */
@SuppressWarnings("ArrayRecordComponent") // a view: never compared, and sharing is its purpose
record Plane(float[] values, int from, int height, int width) {

  static Plane of(float[] values, int height, int width) {
    return new Plane(values, 0, height, width);
  }

  float at(int row, int column) {
    return values[from + row * width + column];
  }

  float max() {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < height * width; i++) {
      max = Math.max(max, values[from + i]);
    }
    return max;
  }

  double sum() {
    double sum = 0;
    for (int i = 0; i < height * width; i++) {
      sum += values[from + i];
    }
    return sum;
  }

  /**
   * The part inside {@code box}, resized bilinearly with half-pixel centres and without
   * antialiasing, as PyTorch's {@code interpolate(mode="bilinear", align_corners=False)}.
   */
  float[] resize(Box box, int toHeight, int toWidth) {
    Samples rows = Samples.of(box.height(), toHeight);
    Samples columns = Samples.of(box.width(), toWidth);
    float[] result = new float[toHeight * toWidth];
    int corner = from + box.top() * width + box.left();
    for (int y = 0; y < toHeight; y++) {
      int upper = corner + rows.first[y] * width;
      int lower = corner + rows.second[y] * width;
      float weight = rows.weight[y];
      for (int x = 0; x < toWidth; x++) {
        int left = columns.first[x];
        int right = columns.second[x];
        float share = columns.weight[x];
        float above = (1 - share) * values[upper + left] + share * values[upper + right];
        float below = (1 - share) * values[lower + left] + share * values[lower + right];
        result[y * toWidth + x] = (1 - weight) * above + weight * below;
      }
    }
    return result;
  }

  /** The whole plane, resized. */
  float[] resize(int toHeight, int toWidth) {
    return resize(new Box(0, height, 0, width), toHeight, toWidth);
  }

  /** For each target position the two source positions around it and the second one's weight. */
  @SuppressWarnings("ArrayRecordComponent") // a table: never compared
  private record Samples(int[] first, int[] second, float[] weight) {
    static Samples of(int from, int to) {
      Samples samples = new Samples(new int[to], new int[to], new float[to]);
      float scale = (float) from / to;
      for (int i = 0; i < to; i++) {
        float position = Math.max(scale * (i + 0.5f) - 0.5f, 0);
        int first = Math.min((int) position, from - 1);
        samples.first[i] = first;
        samples.second[i] = Math.min(first + 1, from - 1);
        samples.weight[i] = Math.min(Math.max(position - first, 0), 1);
      }
      return samples;
    }
  }
}
