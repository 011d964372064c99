package org.magsd.inference.model;

/** Which of some scores is the greatest, the first of equals. NaN is greater than nothing. */
public final class ArgMax {
  private ArgMax() {}

  /** The index of the greatest. */
  public static int of(double[] scores) {
    int best = 0;
    for (int k = 1; k < scores.length; k++) {
      best = scores[k] > scores[best] ? k : best;
    }
    return best;
  }

  /** The index of the greatest. */
  public static int of(float[] scores) {
    return of(scores, 0, scores.length);
  }

  /**
   * The greatest of a row.
   *
   * @param from where the row begins
   * @param count scores in it
   * @return its index within the row
   */
  public static int of(float[] scores, int from, int count) {
    int best = 0;
    for (int k = 1; k < count; k++) {
      best = scores[from + k] > scores[from + best] ? k : best;
    }
    return best;
  }
}
