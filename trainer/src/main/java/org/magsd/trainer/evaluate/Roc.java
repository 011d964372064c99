package org.magsd.trainer.evaluate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntPredicate;
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
   * counting half (Mann-Whitney U). {@code NaN} if one side is empty or a score is {@code NaN}.
   */
  public static double area(double[] scores, boolean[] positive) {
    int[] once = new int[scores.length];
    Arrays.fill(once, 1);
    return area(scores, ascending(scores), i -> positive[i], once);
  }

  /**
   * The same of a sample in which scores occur any number of times.
   *
   * @param ascending the scores' places, as {@link #ascending} gives them
   * @param times how often each score occurs
   */
  static double area(double[] scores, int[] ascending, IntPredicate positive, int[] times) {
    if (ascending.length > 0 && Double.isNaN(scores[ascending[ascending.length - 1]])) {
      return Double.NaN; // they come last, and none is equal to itself
    }
    double wins = 0;
    long positives = 0;
    long negatives = 0;
    int from = 0;
    while (from < ascending.length) {
      long tiedPositives = 0;
      long tiedNegatives = 0;
      int to = from;
      while (to < ascending.length && scores[ascending[to]] == scores[ascending[from]]) {
        if (positive.test(ascending[to])) {
          tiedPositives += times[ascending[to]];
        } else {
          tiedNegatives += times[ascending[to]];
        }
        to++;
      }
      wins += tiedPositives * (negatives + tiedNegatives / 2.0);
      positives += tiedPositives;
      negatives += tiedNegatives;
      from = to;
    }
    return positives == 0 || negatives == 0 ? Double.NaN : wins / (positives * (double) negatives);
  }

  /** Places of the scores, from the least. */
  static int[] ascending(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> scores[i]))
        .mapToInt(Integer::intValue)
        .toArray();
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
}
