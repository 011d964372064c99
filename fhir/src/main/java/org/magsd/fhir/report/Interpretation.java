package org.magsd.fhir.report;

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
}
