package org.magsd.fhir.report;

import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ModelDescription.ModelClass;

/** What calibrated probabilities say at the card's thresholds. */
enum Interpretation {
  /** An abnormal class reaches its threshold. */
  POSITIVE,
  /** No abnormal class does, and the healthy class (if the model has one) reaches its own. */
  NEGATIVE,
  /** Neither. */
  INDETERMINATE;

  Codes.Code code() {
    return switch (this) {
      case POSITIVE -> Codes.POSITIVE;
      case NEGATIVE -> Codes.NEGATIVE;
      case INDETERMINATE -> Codes.INDETERMINATE;
    };
  }

  /** Of one class alone. */
  static Interpretation of(ModelClass each, double probability) {
    return probability >= each.threshold() ? POSITIVE : NEGATIVE;
  }

  /** Of a whole image. */
  static Interpretation of(Assessed image) {
    ModelDescription model = image.model();
    if (model.classes().stream()
        .filter(ModelClass::abnormal)
        .anyMatch(each -> found(each, image))) {
      return POSITIVE;
    }
    boolean knowsHealthy = model.classes().stream().anyMatch(each -> !each.abnormal());
    boolean healthy =
        model.classes().stream()
            .filter(each -> !each.abnormal())
            .anyMatch(each -> found(each, image));
    return healthy || !knowsHealthy ? NEGATIVE : INDETERMINATE;
  }

  static boolean found(ModelClass each, Assessed image) {
    return of(each, image.probabilities().get(each.label())) == POSITIVE;
  }
}
