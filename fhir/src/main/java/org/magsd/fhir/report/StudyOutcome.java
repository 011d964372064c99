package org.magsd.fhir.report;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ImageFinding.NotAssessed;
import org.magsd.fhir.report.ModelDescription.ModelClass;

/**
 * What the images of a study say together.
 *
 * <p>The rule: the study is positive if any image is, and its finding is the abnormal class with
 * the highest calibrated probability among those that reach their threshold on any image; it is
 * negative if every assessed image is, with the healthy class at its lowest probability over the
 * images; otherwise it is indeterminate, with the abnormal class that comes closest.
 *
 * @param interpretation empty where no image was assessed
 * @param finding the class named by the rule; empty where no image was assessed, or where the model
 *     knows no healthy class and the study is negative
 */
record StudyOutcome(Optional<Interpretation> interpretation, Optional<Finding> finding) {

  /** A class on one image. */
  record Finding(ModelClass of, double probability, String sopInstanceUid) {}

  static StudyOutcome of(StudyFindings findings) {
    List<Assessed> assessed = assessed(findings);
    if (assessed.isEmpty()) {
      return new StudyOutcome(Optional.empty(), Optional.empty());
    }
    List<Interpretation> each = assessed.stream().map(Interpretation::of).toList();
    Comparator<Finding> byProbability = Comparator.comparingDouble(Finding::probability);
    if (each.contains(Interpretation.POSITIVE)) {
      return new StudyOutcome(
          Optional.of(Interpretation.POSITIVE),
          candidates(assessed, ModelClass::abnormal)
              .filter(found -> found.probability() >= found.of().threshold())
              .max(byProbability));
    }
    if (each.contains(Interpretation.INDETERMINATE)) {
      return new StudyOutcome(
          Optional.of(Interpretation.INDETERMINATE),
          candidates(assessed, ModelClass::abnormal).max(byProbability));
    }
    return new StudyOutcome(
        Optional.of(Interpretation.NEGATIVE),
        candidates(assessed, found -> !found.abnormal()).min(byProbability));
  }

  private static Stream<Finding> candidates(List<Assessed> images, Predicate<ModelClass> wanted) {
    return images.stream()
        .flatMap(
            image ->
                image.model().classes().stream()
                    .filter(wanted)
                    .map(
                        each ->
                            new Finding(
                                each,
                                image.probabilities().get(each.label()),
                                image.sopInstanceUid())));
  }

  /** The class the report's conclusion code names: none while the study is indeterminate. */
  Optional<ModelClass> concluded() {
    return interpretation.filter(value -> value != Interpretation.INDETERMINATE).isPresent()
        ? finding.map(Finding::of)
        : Optional.empty();
  }

  /** The report's conclusion in one plain sentence. */
  static String sentence(StudyFindings findings) {
    StudyOutcome outcome = of(findings);
    int images = findings.images().size();
    int assessed = assessed(findings).size();
    String unread = notAssessed(findings);
    if (assessed == 0) {
      return "Not assessed by the "
          + author(findings)
          + " and not reviewed by a human: "
          + unread
          + ".";
    }
    return "Preliminary result of the "
        + author(findings)
        + ", not reviewed by a human: "
        + outcome.result()
        + "; "
        + (assessed == images
            ? count(images) + " assessed"
            : assessed + " of " + count(images) + " assessed, " + unread)
        + ".";
  }

  /** {@code algorithm NAME VERSION}, or {@code algorithms} with every one that took part. */
  static String author(StudyFindings findings) {
    List<String> models = findings.models().stream().map(ModelDescription::id).toList();
    return (models.size() == 1 ? "algorithm " : "algorithms ") + String.join(" and ", models);
  }

  private String result() {
    String named =
        finding
            .map(found -> found.of().display() + " " + FhirText.percent(found.probability()))
            .orElse("");
    String threshold = finding.map(found -> FhirText.percent(found.of().threshold())).orElse("");
    return switch (interpretation.orElseThrow()) {
      case POSITIVE -> "suspected " + named + " (threshold " + threshold + ")";
      case NEGATIVE -> "no finding reached its threshold" + (named.isEmpty() ? "" : ", " + named);
      case INDETERMINATE ->
          "indeterminate, no class reached its threshold; closest is "
              + named
              + " (threshold "
              + threshold
              + ")";
    };
  }

  /**
   * The reasons with the number of images each left out, such as {@code 1 image skipped (lateral)}.
   */
  private static String notAssessed(StudyFindings findings) {
    return findings.images().stream()
        .flatMap(image -> image instanceof NotAssessed left ? Stream.of(left) : Stream.of())
        .collect(
            Collectors.groupingBy(StudyOutcome::reason, LinkedHashMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(entry -> count(entry.getValue()) + " " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  private static String reason(NotAssessed image) {
    return FhirText.clean(image.reason())
        .map(reason -> reason.replaceAll("[.]+$", ""))
        .map(reason -> kind(image) + " (" + reason + ")")
        .orElse(kind(image));
  }

  private static String kind(NotAssessed image) {
    return switch (image.kind()) {
      case SKIPPED -> "skipped";
      case FAILED -> "failed";
    };
  }

  private static String count(long images) {
    return images == 1 ? "1 image" : images + " images";
  }

  private static List<Assessed> assessed(StudyFindings findings) {
    return findings.images().stream()
        .flatMap(image -> image instanceof Assessed done ? Stream.of(done) : Stream.of())
        .toList();
  }
}
