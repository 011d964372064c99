package org.magsd.inference.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.magsd.inference.stream.ScreeningRecord;

/** The studies as people read them. */
final class DemoTable {
  private static final String ROW = "%-46s  %-10s  %-28s  %s%n";

  private final PrintWriter out;
  private final Outcomes outcomes;

  DemoTable(PrintWriter out, Outcomes outcomes) {
    this.out = out;
    this.outcomes = outcomes;
  }

  void print(List<Sample> samples) {
    out.printf("%n" + ROW, "study", "outcome", "class and probability", "report id");
    Collection<String> studies =
        samples.stream()
            .map(Sample::studyInstanceUid)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    studies.forEach(this::row);
    List<String> troubles = new ArrayList<>();
    for (Sample sample : samples) {
      trouble(sample).ifPresent(why -> troubles.add("  " + sample.file() + ": " + why));
    }
    if (!troubles.isEmpty()) {
      out.printf("%nNot assessed:%n");
      troubles.forEach(out::println);
    }
    out.flush();
  }

  /** One line for a study. */
  void row(String study) {
    List<ScreeningRecord> images = outcomes.images(study);
    String report = outcomes.report(study).map(Outcomes.Report::id).orElse("none");
    if (images.isEmpty()) {
      out.printf(ROW, study, "nothing", "", report);
    }
    String name = study;
    for (ScreeningRecord image : images) {
      boolean rejected = image.outcome().equals("failed");
      out.printf(ROW, name, rejected ? "rejected" : image.outcome(), finding(image), report);
      name = "";
      report = "";
    }
    out.flush();
  }

  private static String finding(ScreeningRecord image) {
    return image
        .label()
        .map(
            label ->
                String.format(
                    Locale.ROOT, "%s %.1f %%", label, 100 * image.probabilities().get(label)))
        .orElse("");
  }

  private java.util.Optional<String> trouble(Sample sample) {
    return outcomes
        .rejection(sample.studyInstanceUid())
        .map(reason -> "on dicom.rejected: " + reason)
        .or(
            () ->
                outcomes.images(sample.studyInstanceUid()).stream()
                    .flatMap(image -> image.reason().stream())
                    .findFirst()
                    .map(reason -> "skipped: " + reason));
  }
}
