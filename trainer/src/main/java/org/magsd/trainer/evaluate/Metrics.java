package org.magsd.trainer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * How well predictions agree with the truth. Macro precision and F1 are means over the classes that
 * occur in truth or prediction, as scikit-learn's are without {@code labels}: in a source of a
 * single class, a film taken for another class adds that class with 0. Macro recall (scikit-learn's
 * {@code balanced_accuracy_score}), specificity and AUROC are means over the classes of the truth.
 * The precision of a class never predicted counts as 0; {@code NaN} where nothing is defined (no
 * film, or AUROC with one class only).
 *
 * @param n films
 * @param accuracy share of films whose most probable class is the true one
 * @param macroPrecision mean over classes of TP / (TP + FP)
 * @param macroRecall mean over classes of TP / (TP + FN), the balanced accuracy
 * @param macroF1 mean over classes of 2 TP / (2 TP + FP + FN)
 * @param specificity mean over classes of TN / (TN + FP)
 * @param auroc mean over classes of the area under the one-versus-rest ROC curve
 * @param calibrationError expected calibration error, see {@link Calibration#error}
 * @param confusion films by true class (row) and predicted class (column)
 * @param classes the same per class
 */
// equals and hashCode below compare the values.
@SuppressWarnings("ArrayRecordComponent")
public record Metrics(
    int n,
    double accuracy,
    double macroPrecision,
    double macroRecall,
    double macroF1,
    double specificity,
    double auroc,
    double calibrationError,
    int[][] confusion,
    List<OfClass> classes) {
  /** What the macro values are means over, for people. */
  public static final String MACRO =
      "Macro precision and F1 are means over the classes that occur in truth or prediction, as"
          + " scikit-learn's; macro recall, specificity and AUROC over those in the truth.";

  /**
   * One class against the rest.
   *
   * @param n films of the class
   */
  public record OfClass(
      int n, double precision, double recall, double f1, double specificity, double auroc) {}

  /** Metrics of predictions over {@code classes} classes at a temperature. */
  public static Metrics of(List<Scored> films, int classes, double temperature) {
    int[][] confusion = new int[classes][classes];
    films.forEach(film -> confusion[film.target()][film.predicted()]++);
    List<double[]> probabilities =
        films.stream().map(film -> film.probabilities(temperature)).toList();
    List<OfClass> perClass = new ArrayList<>(classes);
    for (int k = 0; k < classes; k++) {
      perClass.add(ofClass(films, probabilities, confusion, k));
    }
    int right = IntStream.range(0, classes).map(k -> confusion[k][k]).sum();
    return new Metrics(
        films.size(),
        films.isEmpty() ? Double.NaN : (double) right / films.size(),
        mean(perClass.stream().mapToDouble(OfClass::precision)),
        mean(perClass.stream().mapToDouble(OfClass::recall)),
        mean(perClass.stream().mapToDouble(OfClass::f1)),
        mean(perClass.stream().filter(c -> c.n() > 0).mapToDouble(OfClass::specificity)),
        mean(perClass.stream().filter(c -> c.n() > 0).mapToDouble(OfClass::auroc)),
        Calibration.error(films, temperature),
        confusion,
        List.copyOf(perClass));
  }

  /** One minus the specificity. */
  public double falsePositiveRate() {
    return 1 - specificity;
  }

  private static OfClass ofClass(
      List<Scored> films, List<double[]> probabilities, int[][] confusion, int k) {
    int hits = confusion[k][k];
    int truth = Arrays.stream(confusion[k]).sum();
    int predicted = Arrays.stream(confusion).mapToInt(row -> row[k]).sum();
    int others = films.size() - truth;
    double[] scores = probabilities.stream().mapToDouble(p -> p[k]).toArray();
    boolean[] positive = new boolean[scores.length];
    for (int i = 0; i < positive.length; i++) {
      positive[i] = films.get(i).target() == k;
    }
    return new OfClass(
        truth,
        truth + predicted == 0 ? Double.NaN : (double) hits / Math.max(1, predicted),
        truth == 0 ? Double.NaN : (double) hits / truth,
        truth + predicted == 0 ? Double.NaN : 2.0 * hits / (truth + predicted),
        others == 0 ? Double.NaN : (double) (others - (predicted - hits)) / others,
        Roc.area(scores, positive));
  }

  private static double mean(DoubleStream values) {
    return values.filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Metrics metrics
        && n == metrics.n
        && Arrays.deepEquals(confusion, metrics.confusion)
        && classes.equals(metrics.classes)
        && Double.compare(calibrationError, metrics.calibrationError) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * n + Arrays.deepHashCode(confusion);
  }
}
