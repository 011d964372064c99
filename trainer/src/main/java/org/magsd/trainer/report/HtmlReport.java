package org.magsd.trainer.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.magsd.inference.model.ModelCard;
import org.magsd.trainer.data.AtomicFile;
import org.magsd.trainer.evaluate.Bootstrap;
import org.magsd.trainer.evaluate.Evaluation;
import org.magsd.trainer.evaluate.Interval;
import org.magsd.trainer.evaluate.Metrics;
import org.magsd.trainer.export.BundleExport;
import org.magsd.trainer.fit.TrainRun;

/** Writes a run's plots as PNG files, and one page that holds them all. */
public final class HtmlReport {
  private static final String VALIDATION =
      "Epoch, temperature and thresholds were chosen on these films, so their figures flatter.";
  private static final String NEVER_TRAINED_ON =
      "These films were only measured: neither learnt from nor chosen by.";

  private HtmlReport() {}

  /** Writes the plots and {@code report.html} into the run's folder. */
  public static void write(Path folder, TrainRun.Finished run)
      throws IOException, InterruptedException {
    Map<String, byte[]> plots = new LinkedHashMap<>();
    plots.put("losses", Plots.losses(run.result().history()));
    plots.put("scores", Plots.scores(run.result().history()));
    plots.put("roc", Plots.roc(run.validation()));
    plots.put("confusion", Plots.confusion(run.validation()));
    plots.put("reliability", Plots.reliability(run.validation()));
    plots.put(
        "heat-maps", HeatMapSheet.png(run.bundle().directory(), run.result().data().validation()));
    for (Map.Entry<String, byte[]> plot : plots.entrySet()) {
      AtomicFile.write(folder.resolve(plot.getKey() + ".png"), plot.getValue());
    }
    AtomicFile.write(
        folder.resolve("report.html"), page(run, plots).getBytes(StandardCharsets.UTF_8));
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
        .append("</p><p>What is reached without seeing disease: ")
        .append(Html.escaped(String.valueOf(card.details().get("floor"))))
        .append("</p>");
    Optional.ofNullable(card.details().get(BundleExport.FIGURES))
        .ifPresent(
            of -> page.append("<p>").append(Html.escaped(String.valueOf(of))).append("</p>"));
    section(page, "Validation films", VALIDATION, run.validation());
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
    page.append("</ul><h2>Run</h2><p>")
        .append(Html.escaped(run.metadata().toString()))
        .append("</p>");
    return page.append("</html>\n").toString();
  }

  private static void section(
      StringBuilder page, String title, String note, Evaluation evaluation) {
    page.append("<h2>").append(title).append("</h2><p>").append(note).append("</p>");
    table(page, evaluation);
    page.append("<h3>Classes, all sources</h3>");
    classes(page, evaluation);
    page.append("<h3>Confusion, all sources</h3>");
    confusion(page, evaluation);
  }

  private static void classes(StringBuilder page, Evaluation evaluation) {
    page.append("<table><tr><th>class</th><th>films</th>");
    Bootstrap.CLASS_VALUES
        .keySet()
        .forEach(name -> page.append("<th>").append(name).append("</th>"));
    page.append("</tr>");
    for (int k = 0; k < evaluation.classes().size(); k++) {
      Metrics.OfClass of = evaluation.overall().classes().get(k);
      Map<String, Interval> intervals = evaluation.classIntervals().get(k);
      page.append("<tr><td>")
          .append(Html.escaped(evaluation.classes().get(k)))
          .append("</td><td>")
          .append(of.n());
      Bootstrap.CLASS_VALUES.forEach(
          (name, value) -> cell(page, value.applyAsDouble(of), intervals, name));
      page.append("</td></tr>");
    }
    page.append("</table>");
  }

  private static void confusion(StringBuilder page, Evaluation evaluation) {
    page.append("<table><tr><th>truth</th>");
    evaluation
        .classes()
        .forEach(name -> page.append("<th>taken for ").append(Html.escaped(name)).append("</th>"));
    page.append("</tr>");
    for (int k = 0; k < evaluation.classes().size(); k++) {
      page.append("<tr><td>").append(Html.escaped(evaluation.classes().get(k)));
      for (int films : evaluation.overall().confusion()[k]) {
        page.append("</td><td>").append(films);
      }
      page.append("</td></tr>");
    }
    page.append("</table>");
  }

  private static void table(StringBuilder page, Evaluation evaluation) {
    page.append("<table><tr><th>source</th><th>films</th>");
    Bootstrap.VALUES.keySet().forEach(name -> page.append("<th>").append(name).append("</th>"));
    page.append("</tr>");
    row(page, "all", evaluation.overall(), evaluation.intervals());
    evaluation.sources().forEach((source, of) -> row(page, source, of.metrics(), of.intervals()));
    page.append("</table>");
  }

  private static void row(
      StringBuilder page, String source, Metrics metrics, Map<String, Interval> intervals) {
    page.append("<tr><td>").append(Html.escaped(source)).append("</td><td>").append(metrics.n());
    Bootstrap.VALUES.forEach(
        (name, value) -> cell(page, value.applyAsDouble(metrics), intervals, name));
    page.append("</td></tr>");
  }

  private static void cell(
      StringBuilder page, double estimate, Map<String, Interval> intervals, String name) {
    Interval interval = intervals.getOrDefault(name, new Interval(Double.NaN, Double.NaN));
    page.append("</td><td>")
        .append(
            Double.isNaN(estimate) || Double.isNaN(interval.low())
                ? "&ndash;"
                : String.format(
                    Locale.ROOT,
                    "%.3f<br>%.2f&ndash;%.2f",
                    estimate,
                    interval.low(),
                    interval.high()));
  }
}
