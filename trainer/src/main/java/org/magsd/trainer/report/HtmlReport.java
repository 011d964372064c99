package org.magsd.trainer.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.magsd.inference.model.ModelCard;
import org.magsd.trainer.data.AtomicFile;
import org.magsd.trainer.evaluate.Bootstrap;
import org.magsd.trainer.evaluate.Evaluation;
import org.magsd.trainer.evaluate.Metrics;
import org.magsd.trainer.export.BundleExport;
import org.magsd.trainer.fit.RunMetadata;
import org.magsd.trainer.fit.StageConfig;
import org.magsd.trainer.fit.TrainRun;

/** Writes a run's plots as PNG files, and one page that holds them all. */
public final class HtmlReport {
  private static final String NEVER_TRAINED_ON =
      "These films were only measured: neither learnt from nor chosen by.";

  private static final String HEAT_MAPS = "heat-maps";

  private HtmlReport() {}

  /**
   * Writes the plots and {@code report.html} into the run's folder. What shows films that were
   * taken from a topic is its owner's alone, as those are.
   */
  public static void write(Path folder, TrainRun.Finished run)
      throws IOException, InterruptedException {
    Map<String, byte[]> plots = new LinkedHashMap<>();
    plots.put("losses", Plots.losses(run.result().history()));
    plots.put("scores", Plots.scores(run.result().history()));
    plots.put("roc", Plots.roc(run.validation()));
    plots.put("confusion", Plots.confusion(run.validation()));
    plots.put("reliability", Plots.reliability(run.validation()));
    plots.put(
        HEAT_MAPS, HeatMapSheet.png(run.bundle().directory(), run.result().data().validation()));
    byte[] page = page(run, plots).getBytes(StandardCharsets.UTF_8);
    write(folder.resolve(HEAT_MAPS + ".png"), plots.remove(HEAT_MAPS), run);
    for (Map.Entry<String, byte[]> plot : plots.entrySet()) {
      AtomicFile.write(folder.resolve(plot.getKey() + ".png"), plot.getValue());
    }
    write(folder.resolve("report.html"), page, run);
  }

  private static void write(Path file, byte[] withFilms, TrainRun.Finished run) throws IOException {
    if (run.result().manifest().takenFromTopics()) {
      AtomicFile.writeForOwner(file, withFilms);
    } else {
      AtomicFile.write(file, withFilms);
    }
  }

  static String page(TrainRun.Finished run, Map<String, byte[]> plots) {
    ModelCard card = run.bundle().card();
    StringBuilder page = new StringBuilder();
    page.append(Html.begin(card.id()))
        .append("<p>")
        .append(
            Html.escaped(
                String.format(
                    Locale.ROOT,
                    "%d films learnt from, %d judged by; temperature %.3f; %s",
                    card.training().films(),
                    run.validation().overall().n(),
                    card.temperature(),
                    card.created())))
        .append("</p><p>What is reached without seeing disease:</p>");
    floors(page, card.details().get("floor"));
    Optional.ofNullable(card.details().get(BundleExport.FIGURES))
        .ifPresent(
            of -> page.append("<p>").append(Html.escaped(String.valueOf(of))).append("</p>"));
    section(page, "Validation films", chosen(run.select()), run.validation());
    run.neverTrainedOn()
        .ifPresent(of -> section(page, "Films never trained on", NEVER_TRAINED_ON, of));
    page.append("<p>").append(Html.escaped(Metrics.MACRO)).append("</p>");
    plots.forEach(
        (name, png) ->
            page.append("<p><img alt=\"")
                .append(name)
                .append("\" src=\"data:image/png;base64,")
                .append(Base64.getEncoder().encodeToString(png))
                .append("\"></p>"));
    page.append("<h2>Limitations</h2><ul>");
    card.limitations()
        .forEach(limit -> page.append("<li>").append(Html.escaped(limit)).append("</li>"));
    page.append("</ul><h2>Run</h2>");
    Html.table(page, List.of("what", "value"), rows(run.metadata()));
    return page.append("</html>\n").toString();
  }

  private static String chosen(StageConfig.Select select) {
    return String.format(
        "%s and thresholds were chosen on these films, so their figures flatter.",
        select == StageConfig.Select.LAST ? "Temperature" : "Epoch, temperature");
  }

  /** The floors as the card tells them: one, and others beside it. */
  private static void floors(StringBuilder page, Object told) {
    if (told instanceof Map<?, ?> floor) {
      List<List<String>> rows =
          Stream.concat(Stream.of(floor), floor.values().stream())
              .filter(Map.class::isInstance)
              .map(each -> (Map<?, ?>) each)
              .map(each -> List.of(text(each.get("what")), text(each.get("accuracy"))))
              .toList();
      Html.table(page, List.of("what", "accuracy"), rows);
    }
  }

  private static String text(Object value) {
    return value instanceof Double number
        ? String.format(Locale.ROOT, "%.3f", number)
        : String.valueOf(value);
  }

  private static List<List<String>> rows(RunMetadata run) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("started", run.started().toString()));
    rows.add(List.of("seconds", String.format(Locale.ROOT, "%.0f", run.seconds())));
    rows.add(List.of("configuration", run.config()));
    run.weights().ifPresent(digest -> rows.add(List.of("starting weights", digest)));
    run.commit().ifPresent(commit -> rows.add(List.of("commit", commit)));
    run.versions().forEach((name, version) -> rows.add(List.of(name, version)));
    run.machine().forEach((name, value) -> rows.add(List.of(name, value)));
    return rows;
  }

  private static void section(
      StringBuilder page, String title, String note, Evaluation evaluation) {
    page.append("<h2>").append(title).append("</h2><p>").append(note).append("</p>");
    sources(page, evaluation);
    table(page, ClassTables.classes("Classes, all sources", Bootstrap.CLASS_VALUES, evaluation));
    table(page, ClassTables.confusion("Confusion, all sources", evaluation));
  }

  private static void sources(StringBuilder page, Evaluation evaluation) {
    List<List<String>> rows = new ArrayList<>();
    Metrics all = evaluation.overall();
    rows.add(ClassTables.row("all", all.n(), Bootstrap.VALUES, all, evaluation.intervals()));
    evaluation
        .sources()
        .forEach(
            (source, of) ->
                rows.add(
                    ClassTables.row(
                        source, of.metrics().n(), Bootstrap.VALUES, of.metrics(), of.intervals())));
    Html.table(page, ClassTables.header("source", Bootstrap.VALUES.keySet()), rows);
  }

  private static void table(StringBuilder page, ComparisonPage.Table table) {
    page.append("<h3>").append(Html.escaped(table.title())).append("</h3>");
    Html.table(page, table.header(), table.rows());
  }
}
