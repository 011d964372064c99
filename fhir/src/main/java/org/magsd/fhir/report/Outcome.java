package org.magsd.fhir.report;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ModelDescription.ModelClass;

/**
 * What calibrated probabilities say at the card's thresholds: of one image, or of a study.
 *
 * <p>The rule of one image: it is positive if an abnormal class reaches its threshold, and its
 * findings are all that do; it is negative if none does and the healthy class (if the model has
 * one) reaches its own, which is the finding then; otherwise it is indeterminate, with the most
 * probable abnormal class.
 *
 * @param findings the classes named by the rule, each once, the most probable first: one, several
 *     where it is positive, none where the model knows none to be named
 */
record Outcome(Interpretation interpretation, List<Finding> findings) {
  static final Comparator<Finding> BY_PROBABILITY =
      Comparator.comparingDouble(Finding::probability);

  /** A class on one image. */
  record Finding(ModelClass of, double probability, String sopInstanceUid) {
    private boolean reachesThreshold() {
      return Interpretation.of(of, probability) == Interpretation.POSITIVE;
    }

    private String named() {
      return of.display() + " " + FhirText.percent(probability);
    }

    private String withThreshold() {
      return named() + " (threshold " + FhirText.percent(of.threshold()) + ")";
    }
  }

  static Outcome of(Assessed image) {
    List<Finding> abnormal = candidates(image, ModelClass::abnormal);
    List<Finding> healthy = candidates(image, each -> !each.abnormal());
    List<Finding> found = abnormal.stream().filter(Finding::reachesThreshold).toList();
    if (!found.isEmpty()) {
      return positive(found);
    }
    List<Finding> well = mostProbable(healthy.stream().filter(Finding::reachesThreshold));
    if (!well.isEmpty() || healthy.isEmpty()) {
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

  private static List<Finding> mostProbable(Stream<Finding> findings) {
    return findings.max(BY_PROBABILITY).stream().toList();
  }

  /** With each class where it is most probable. */
  static Outcome positive(List<Finding> found) {
    Map<String, Finding> byClass =
        found.stream()
            .collect(
                Collectors.toMap(
                    each -> each.of().label(),
                    each -> each,
                    BinaryOperator.maxBy(BY_PROBABILITY),
                    LinkedHashMap::new));
    return new Outcome(
        Interpretation.POSITIVE,
        byClass.values().stream().sorted(BY_PROBABILITY.reversed()).toList());
  }

  /** The classes that codes may name: none while it is indeterminate. */
  List<ModelClass> concluded() {
    return interpretation == Interpretation.INDETERMINATE
        ? List.of()
        : findings.stream().map(Finding::of).toList();
  }

  /** For people, without a full stop. */
  String words() {
    Stream<String> withThresholds = findings.stream().map(Finding::withThreshold);
    return switch (interpretation) {
      case POSITIVE -> "suspected " + withThresholds.collect(Collectors.joining(" and "));
      case NEGATIVE ->
          "no finding reached its threshold"
              + findings.stream().map(healthy -> ", " + healthy.named()).findFirst().orElse("");
      case INDETERMINATE ->
          "indeterminate, no class reached its threshold"
              + withThresholds.map(likely -> "; most probable is " + likely).findFirst().orElse("");
    };
  }
}
