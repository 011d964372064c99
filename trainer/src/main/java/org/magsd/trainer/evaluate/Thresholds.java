package org.magsd.trainer.evaluate;

import java.util.List;

/** From which probability on a class counts as positive. */
public final class Thresholds {
  private Thresholds() {}

  /**
   * The threshold of greatest F1 of one class against the rest, halfway between the two
   * probabilities it separates, so that a small change of a probability does not cross it.
   *
   * @return above 0, below 1; 0.5 where the class does not occur
   */
  public static double best(List<Scored> films, int target, double temperature) {
    double[][] scored =
        films.stream()
            .map(
                film ->
                    new double[] {
                      film.probabilities(temperature)[target], film.target() == target ? 1 : 0
                    })
            .sorted((a, b) -> Double.compare(b[0], a[0]))
            .toArray(double[][]::new);
    long positives = films.stream().filter(film -> film.target() == target).count();
    double best = 0.5;
    double bestF1 = 0;
    long hits = 0;
    for (int i = 0; i < scored.length; i++) {
      hits += scored[i][1] > 0 ? 1 : 0;
      double below = i + 1 < scored.length ? scored[i + 1][0] : 0;
      double f1 = 2.0 * hits / (i + 1 + positives);
      if (below < scored[i][0] && f1 > bestF1) {
        bestF1 = f1;
        best = (scored[i][0] + below) / 2;
      }
    }
    return Math.min(Math.max(best, 1e-6), 1 - 1e-6);
  }
}
