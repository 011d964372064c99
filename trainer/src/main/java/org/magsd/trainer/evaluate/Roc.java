package org.magsd.trainer.evaluate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The receiver operating characteristic of one class against the rest. */
public final class Roc {
  private Roc() {}

  /**
   * Points of the curve from (0,0) to (1,1).
   *
   * @param falsePositiveRate ascending
   * @param truePositiveRate ascending
   */
  // equals and hashCode below compare the values.
  @SuppressWarnings("ArrayRecordComponent")
  public record Curve(double[] falsePositiveRate, double[] truePositiveRate) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Curve curve
          && Arrays.equals(falsePositiveRate, curve.falsePositiveRate)
          && Arrays.equals(truePositiveRate, curve.truePositiveRate);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(truePositiveRate);
    }
  }

  /**
   * Area under the curve: the probability that a positive film scores above a negative one, ties
   * counting half (Mann-Whitney U by mid-ranks). {@code NaN} if one side is empty.
   */
  public static double area(double[] scores, boolean[] positive) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    double ranks = 0;
    long positives = 0;
    for (int i = 0; i < scores.length; i++) {
      if (positive[i]) {
        ranks += (below(sorted, scores[i]) + below(sorted, Math.nextUp(scores[i])) + 1) / 2.0;
        positives++;
      }
    }
    long negatives = scores.length - positives;
    if (positives == 0 || negatives == 0) {
      return Double.NaN;
    }
    return (ranks - positives * (positives + 1) / 2.0) / (positives * (double) negatives);
  }

  /** The curve, one point per distinct score. */
  public static Curve curve(double[] scores, boolean[] positive) {
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -scores[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double positives = IntStream.range(0, positive.length).filter(i -> positive[i]).count();
    double negatives = positive.length - positives;
    double[] x = new double[order.length + 1];
    double[] y = new double[order.length + 1];
    int points = 1;
    int hits = 0;
    int alarms = 0;
    for (int i = 0; i < order.length; i++) {
      if (positive[order[i]]) {
        hits++;
      } else {
        alarms++;
      }
      if (i + 1 == order.length || scores[order[i + 1]] != scores[order[i]]) {
        x[points] = negatives == 0 ? 0 : alarms / negatives;
        y[points++] = positives == 0 ? 0 : hits / positives;
      }
    }
    return new Curve(Arrays.copyOf(x, points), Arrays.copyOf(y, points));
  }

  /** Values less than the bound, in a sorted array. */
  private static int below(double[] sorted, double bound) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < bound) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
