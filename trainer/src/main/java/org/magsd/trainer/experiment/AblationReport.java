package org.magsd.trainer.experiment;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.magsd.inference.model.ModelJson;
import org.magsd.trainer.data.AtomicFile;
import org.magsd.trainer.evaluate.Bootstrap;
import org.magsd.trainer.evaluate.Difference;
import org.magsd.trainer.evaluate.Evaluation;
import org.magsd.trainer.evaluate.Metrics;
import org.magsd.trainer.evaluate.Scored;
import org.magsd.trainer.experiment.Ablation.Variant;
import org.magsd.trainer.fit.TrainConfig;
import org.magsd.trainer.report.ComparisonPage;
import org.magsd.trainer.report.ComparisonPage.Table;

/** An ablation's figures: JSON for machines, tables for people. */
final class AblationReport {
  private static final JsonMapper JSON = ModelJson.mapper();
  private static final List<String> SHOWN =
      List.of("accuracy", "macroPrecision", "macroRecall", "macroF1", "specificity", "auroc");

  private final Ablation.Budget budget;
  private final Map<Variant, TrainConfig> configs;
  private final Map<Variant, PartResult> results;
  private final List<String> classes;
  private final Map<Variant, Evaluation> judged = new LinkedHashMap<>();
  private final Map<Variant, Evaluation> excluded = new LinkedHashMap<>();

  AblationReport(
      Ablation.Budget budget, Map<Variant, TrainConfig> configs, Map<Variant, PartResult> results) {
    this.budget = budget;
    this.configs = configs;
    this.results = results;
    this.classes = configs.get(Variant.BACKBONE).classNames();
    results.forEach(
        (variant, result) -> {
          judged.put(variant, Evaluation.of(classes, result.validation(), 1));
          if (!result.excluded().isEmpty()) {
            excluded.put(variant, Evaluation.of(classes, result.excluded(), 1));
          }
        });
  }

  ObjectNode write(Path folder) throws IOException {
    ObjectNode json = json();
    ComparisonPage page = page();
    AtomicFile.write(folder.resolve("ablation.json"), JSON.writeValueAsBytes(json));
    AtomicFile.write(
        folder.resolve("ablation.md"), page.markdown().getBytes(StandardCharsets.UTF_8));
    AtomicFile.write(folder.resolve("ablation.html"), page.html().getBytes(StandardCharsets.UTF_8));
    return json;
  }

  private ObjectNode json() {
    ObjectNode json = JSON.createObjectNode();
    json.put("budget", budget.name().toLowerCase(Locale.ROOT));
    ArrayNode variants = json.putArray("variants");
    results.forEach(
        (variant, result) -> {
          ObjectNode node = variants.addObject();
          node.put("name", variant.key());
          node.put("configuration", result.config());
          node.put("epochs", result.epochs(configs.get(variant)));
          node.put("filmPasses", result.filmPasses(configs.get(variant)));
          node.put("seconds", result.seconds());
          node.set("validation", judged.get(variant).toJson());
          if (excluded.containsKey(variant)) {
            node.set("neverTrainedOn", excluded.get(variant).toJson());
          }
          if (variant != Variant.BACKBONE) {
            ObjectNode differences = node.putObject("differences");
            differences(differences, "backbone", variant, Variant.BACKBONE);
            differences(differences, "before", variant, before(variant));
          }
        });
    return json;
  }

  private void differences(ObjectNode node, String name, Variant one, Variant other) {
    ObjectNode to = node.putObject(name);
    to.put("to", other.key());
    to.set("validation", JSON.valueToTree(differences(one, other, PartResult::validation)));
    if (excluded.containsKey(one)) {
      to.set("neverTrainedOn", JSON.valueToTree(differences(one, other, PartResult::excluded)));
    }
  }

  private Map<String, Difference> differences(
      Variant one, Variant other, Function<PartResult, List<Scored>> films) {
    return Bootstrap.differences(
        films.apply(results.get(one)), films.apply(results.get(other)), classes.size());
  }

  private Variant before(Variant variant) {
    List<Variant> order = List.copyOf(results.keySet());
    return order.get(order.indexOf(variant) - 1);
  }

  private ComparisonPage page() {
    List<Table> tables = new ArrayList<>();
    tables.add(budgets());
    tables.add(metrics("Validation films", judged));
    tables.add(sources("Validation films, macro F1 per source", judged));
    tables.add(comparisons("Validation films, differences", PartResult::validation));
    if (!excluded.isEmpty()) {
      tables.add(metrics("Films never trained on", excluded));
      tables.add(sources("Films never trained on, macro F1 per source", excluded));
      tables.add(comparisons("Films never trained on, differences", PartResult::excluded));
    }
    return new ComparisonPage(
        "Ablation",
        List.of(
            "Same films, split, schedule and seed; same "
                + (budget == Ablation.Budget.EPOCHS ? "number of epochs" : "number of film passes")
                + " in the last stage. Each variant has what the one above it has, and is judged as"
                + " its last epoch left it: no film judged by had a say in the choice.",
            "In parentheses 95 % intervals by bootstrap over patients; differences are taken on"
                + " the same resamples. One seed: the intervals do not hold the luck of training.",
            Metrics.MACRO),
        tables);
  }

  private Table budgets() {
    List<List<String>> rows = new ArrayList<>();
    results.forEach(
        (variant, result) ->
            rows.add(
                List.of(
                    variant.title(),
                    Long.toString(result.epochs(configs.get(variant))),
                    Long.toString(result.filmPasses(configs.get(variant))),
                    String.format(Locale.ROOT, "%.1f", result.seconds() / 60))));
    return new Table(
        "Budget",
        List.of(
            "variant",
            "epochs of the last stage",
            "film passes of all stages",
            "minutes of all stages, with reading and the judging of epochs"),
        rows);
  }

  private static Table metrics(String title, Map<Variant, Evaluation> evaluations) {
    List<String> header = new ArrayList<>(List.of("variant", "films"));
    header.addAll(SHOWN);
    List<List<String>> rows = new ArrayList<>();
    evaluations.forEach(
        (variant, evaluation) -> {
          List<String> row = new ArrayList<>(List.of(variant.title()));
          row.add(Integer.toString(evaluation.overall().n()));
          for (String metric : SHOWN) {
            row.add(
                ComparisonPage.cell(
                    Bootstrap.VALUES.get(metric).applyAsDouble(evaluation.overall()),
                    evaluation.intervals(),
                    metric));
          }
          rows.add(row);
        });
    return new Table(title, header, rows);
  }

  private static Table sources(String title, Map<Variant, Evaluation> evaluations) {
    Evaluation first = evaluations.values().iterator().next();
    List<String> header = new ArrayList<>(List.of("variant"));
    first.sources().forEach((name, of) -> header.add(name + ", " + of.metrics().n() + " films"));
    List<List<String>> rows = new ArrayList<>();
    evaluations.forEach(
        (variant, evaluation) -> {
          List<String> row = new ArrayList<>(List.of(variant.title()));
          evaluation
              .sources()
              .values()
              .forEach(
                  of ->
                      row.add(
                          ComparisonPage.cell(of.metrics().macroF1(), of.intervals(), "macroF1")));
          rows.add(row);
        });
    return new Table(title, header, rows);
  }

  private Table comparisons(String title, Function<PartResult, List<Scored>> films) {
    List<List<String>> rows = new ArrayList<>();
    for (Variant variant : results.keySet()) {
      if (variant != Variant.BACKBONE) {
        Map<String, Difference> step = differences(variant, before(variant), films);
        Map<String, Difference> whole = differences(variant, Variant.BACKBONE, films);
        rows.add(
            List.of(
                variant.title(),
                ComparisonPage.cell(step.get("accuracy")),
                ComparisonPage.cell(step.get("macroF1")),
                ComparisonPage.cell(whole.get("accuracy")),
                ComparisonPage.cell(whole.get("macroF1"))));
      }
    }
    return new Table(
        title,
        List.of(
            "variant",
            "accuracy against the one above",
            "macro F1 against the one above",
            "accuracy against the plain backbone",
            "macro F1 against the plain backbone"),
        rows);
  }
}
