package org.magsd.fhir.report;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ModelDescription.ModelClass;

/**
 * What calibrated probabilities say at the card's thresholds: of one image, or of a study.
 *
 * <p>The rule of one image: it is positive if an abnormal class reaches its threshold, and its
 * finding is the most probable of those that do; it is negative if none does and the healthy class
 * (if the model has one) reaches its own, which is the finding then; otherwise it is indeterminate,
 * with the most probable abnormal class.
 *
 * @param finding the class named by the rule; empty where the model knows none to be named
 */
record Outcome(Interpretation interpretation, Optional<Finding> finding) {
  static final Comparator<Finding> BY_PROBABILITY =
      Comparator.comparingDouble(Finding::probability);

  /** A class on one image. */
  record Finding(ModelClass of, double probability, String sopInstanceUid) {
    private boolean reachesThreshold() {
      return Interpretation.of(of, probability) == Interpretation.POSITIVE;
    }
  }

  static Outcome of(Assessed image) {
    List<Finding> abnormal = candidates(image, ModelClass::abnormal);
    List<Finding> healthy = candidates(image, each -> !each.abnormal());
    Optional<Finding> found = mostProbable(abnormal.stream().filter(Finding::reachesThreshold));
    if (found.isPresent()) {
      return new Outcome(Interpretation.POSITIVE, found);
    }
    Optional<Finding> well = mostProbable(healthy.stream().filter(Finding::reachesThreshold));
    if (well.isPresent() || healthy.isEmpty()) {
      return new Outcome(Interpretation.NEGATIVE, well);
    }
    return new Outcome(Interpretation.INDETERMINATE, mostProbable(abnormal.stream()));
  }

  private static List<Finding> candidates(Assessed image, Predicate<ModelClass> wanted) {
    return image.model().classes().stream()
        .filter(wanted)
        .map(
            each ->
                new Finding(each, image.probabilities().get(each.label()), image.sopInstanceUid()))
        .toList();
  }

  private static Optional<Finding> mostProbable(Stream<Finding> findings) {
    return findings.max(BY_PROBABILITY);
  }

  /** The class that a code may name: none while it is indeterminate. */
  Optional<ModelClass> concluded() {
    return interpretation == Interpretation.INDETERMINATE
        ? Optional.empty()
        : finding.map(Finding::of);
  }

  /** For people, without a full stop. */
  String words() {
    Optional<String> named =
        finding.map(found -> found.of().display() + " " + FhirText.percent(found.probability()));
    String threshold =
        finding
            .map(found -> " (threshold " + FhirText.percent(found.of().threshold()) + ")")
            .orElse("");
    return switch (interpretation) {
      case POSITIVE -> "suspected " + named.orElseThrow() + threshold;
      case NEGATIVE ->
          "no finding reached its threshold" + named.map(healthy -> ", " + healthy).orElse("");
      case INDETERMINATE ->
          "indeterminate, no class reached its threshold"
              + named.map(likely -> "; most probable is " + likely + threshold).orElse("");
    };
  }
}
