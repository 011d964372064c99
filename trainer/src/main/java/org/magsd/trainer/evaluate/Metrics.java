package org.magsd.trainer.evaluate;

import java.util.Arrays;
import java.util.List;

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
 * @param calibrationErrorBefore the same at temperature 1
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
    double calibrationErrorBefore,
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
   * @param calibrationError mean over all films of |share of the class - its probability| of the
   *     bin in which the class's probability lies (M. Kull et al., "Beyond temperature scaling",
   *     NeurIPS 2019, classwise)
   * @param calibrationErrorBefore the same at temperature 1
   */
  public record OfClass(
      int n,
      double precision,
      double recall,
      double f1,
      double specificity,
      double auroc,
      double calibrationError,
      double calibrationErrorBefore) {}

  /** Metrics of predictions over {@code classes} classes at a temperature. */
  public static Metrics of(List<Scored> films, int classes, double temperature) {
    return new FilmTable(films, classes, temperature).metrics();
  }

  /** One minus the specificity. */
  public double falsePositiveRate() {
    return 1 - specificity;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Metrics metrics
        && n == metrics.n
        && Arrays.deepEquals(confusion, metrics.confusion)
        && classes.equals(metrics.classes)
        && Double.compare(calibrationError, metrics.calibrationError) == 0
        && Double.compare(calibrationErrorBefore, metrics.calibrationErrorBefore) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * n + Arrays.deepHashCode(confusion);
  }
}
