package org.magsd.fhir.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ImageFinding.NotAssessed;

/**
 * What the images of a study say together.
 *
 * <p>The rule: the study is positive if any image is, and its findings are all of those images; it
 * is negative if every assessed image is, with the healthy class at its lowest probability over the
 * images; otherwise it is indeterminate, with the most probable class on the images that are.
 */
final class StudyOutcome {
  private StudyOutcome() {}

  /** Empty where no image was assessed. */
  static Optional<Outcome> of(StudyFindings findings) {
    List<Outcome> images = assessed(findings).stream().map(Outcome::of).toList();
    return Stream.of(Interpretation.POSITIVE, Interpretation.INDETERMINATE, Interpretation.NEGATIVE)
        .filter(one -> images.stream().anyMatch(image -> image.interpretation() == one))
        .findFirst()
        .map(one -> together(one, images));
  }

  private static Outcome together(Interpretation one, List<Outcome> images) {
    List<Outcome.Finding> findings =
        images.stream()
            .filter(image -> image.interpretation() == one)
            .flatMap(image -> image.findings().stream())
            .toList();
    return switch (one) {
      case POSITIVE -> Outcome.positive(findings);
      case NEGATIVE ->
          new Outcome(one, findings.stream().min(Outcome.BY_PROBABILITY).stream().toList());
      case INDETERMINATE ->
          new Outcome(one, findings.stream().max(Outcome.BY_PROBABILITY).stream().toList());
    };
  }

  /** The report's conclusion in one plain sentence. */
  static String sentence(StudyFindings findings) {
    Optional<Outcome> outcome = of(findings);
    int images = findings.images().size();
    int assessed = assessed(findings).size();
    String unread = notAssessed(findings);
    if (outcome.isEmpty()) {
      return "Not assessed by the "
          + author(findings)
          + " and not reviewed by a human: "
          + unread
          + ".";
    }
    return "Preliminary result of the "
        + author(findings)
        + ", not reviewed by a human: "
        + outcome.get().words()
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
