package org.magsd.trainer.experiment;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.magsd.inference.model.ModelJson;
import org.magsd.trainer.data.AtomicFile;
import org.magsd.trainer.evaluate.Bootstrap;
import org.magsd.trainer.evaluate.Evaluation;
import org.magsd.trainer.evaluate.Interval;
import org.magsd.trainer.evaluate.Metrics;
import org.magsd.trainer.evaluate.Scored;
import org.magsd.trainer.report.ClassTables;
import org.magsd.trainer.report.ComparisonPage;
import org.magsd.trainer.report.ComparisonPage.Table;

/** A cross-validation's figures: JSON for machines, tables for people. */
final class CrossValidationReport {
  private static final JsonMapper JSON = ModelJson.mapper();
  private static final Map<String, ToDoubleFunction<Metrics>> SHOWN = shown(Bootstrap.VALUES);
  private final Map<String, Evaluation> parts = new LinkedHashMap<>();
  private final Map<String, String> impossible;
  private final Evaluation pooled;

  /** No part has a temperature of its own. */
  private static <M> Map<String, M> shown(Map<String, M> values) {
    Map<String, M> shown = new LinkedHashMap<>(values);
    shown.keySet().removeAll(Bootstrap.OF_CALIBRATION);
    return shown;
  }

  /**
   * @param impossible sources that could not be held out, with why
   */
  CrossValidationReport(
      List<String> classes, Map<String, PartResult> results, Map<String, String> impossible) {
    this.impossible = impossible;
    List<Scored> all = new ArrayList<>();
    results.forEach(
        (name, result) -> {
          parts.put(name, Evaluation.of(classes, result.validation(), 1));
          all.addAll(result.validation());
        });
    pooled = Evaluation.of(classes, all, 1);
  }

  ObjectNode write(Path folder) throws IOException {
    ObjectNode json = json();
    ComparisonPage page = page();
    AtomicFile.write(folder.resolve("cross-validation.json"), JSON.writeValueAsBytes(json));
    AtomicFile.write(
        folder.resolve("cross-validation.md"), page.markdown().getBytes(StandardCharsets.UTF_8));
    AtomicFile.write(
        folder.resolve("cross-validation.html"), page.html().getBytes(StandardCharsets.UTF_8));
    return json;
  }

  private ObjectNode json() {
    ObjectNode json = JSON.createObjectNode();
    json.set("pooled", pooled.toJson());
    ObjectNode spread = json.putObject("overParts");
    SHOWN.forEach(
        (name, value) -> {
          double[] values = values(value);
          if (values.length > 0) {
            ObjectNode node = spread.putObject(name);
            node.put("parts", values.length);
            node.put("mean", mean(values));
            node.put("standardDeviation", deviation(values));
          }
        });
    ObjectNode each = json.putObject("parts");
    parts.forEach((name, evaluation) -> each.set(name, evaluation.toJson()));
    json.set("notHeldOut", JSON.valueToTree(impossible));
    return json;
  }

  private ComparisonPage page() {
    List<String> notes = new ArrayList<>();
    notes.add(
        "Every film is judged by the network that has not seen its patient, as that network's last"
            + " epoch left it: no film judged by had a say in the choice. In parentheses 95 %"
            + " intervals by bootstrap over patients.");
    notes.add(Metrics.MACRO);
    impossible.forEach((source, why) -> notes.add(source + " was not held out: " + why + "."));
    return new ComparisonPage(
        "Cross-validation",
        notes,
        List.of(
            overall(),
            perPart(),
            ClassTables.classes("Classes", shown(Bootstrap.CLASS_VALUES), pooled),
            perSource(),
            ClassTables.confusion("Confusion", pooled)));
  }

  private Table overall() {
    List<List<String>> rows = new ArrayList<>();
    SHOWN.forEach(
        (name, value) -> {
          double[] values = values(value);
          rows.add(
              List.of(
                  name,
                  ComparisonPage.cell(
                      value.applyAsDouble(pooled.overall()), pooled.intervals(), name),
                  values.length == 0
                      ? "–"
                      : String.format(
                          Locale.ROOT, "%.3f ± %.3f", mean(values), deviation(values))));
        });
    return new Table(
        "All films", List.of("metric", "all held-out films", "mean ± sd over parts"), rows);
  }

  private Table perPart() {
    return rows("Parts", "part", parts.entrySet().stream().toList());
  }

  private static Table rows(
      String title, String first, List<Map.Entry<String, Evaluation>> evaluations) {
    List<List<String>> rows = new ArrayList<>();
    evaluations.forEach(
        entry ->
            rows.add(
                row(entry.getKey(), entry.getValue().overall(), entry.getValue().intervals())));
    return new Table(title, ClassTables.header(first, SHOWN.keySet()), rows);
  }

  private Table perSource() {
    List<List<String>> rows = new ArrayList<>();
    pooled.sources().forEach((name, of) -> rows.add(row(name, of.metrics(), of.intervals())));
    return new Table("Sources", ClassTables.header("source", SHOWN.keySet()), rows);
  }

  private static List<String> row(String name, Metrics metrics, Map<String, Interval> intervals) {
    return ClassTables.row(name, metrics.n(), SHOWN, metrics, intervals);
  }

  private double[] values(ToDoubleFunction<Metrics> value) {
    return parts.values().stream()
        .mapToDouble(evaluation -> value.applyAsDouble(evaluation.overall()))
        .filter(v -> !Double.isNaN(v))
        .toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  /** The sample's; 0 for a single value. */
  private static double deviation(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squares / Math.max(1, values.length - 1));
  }
}
