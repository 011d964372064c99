package org.magsd.trainer.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.magsd.inference.model.ModelCard;
import org.magsd.trainer.evaluate.Bootstrap;
import org.magsd.trainer.evaluate.Evaluation;
import org.magsd.trainer.evaluate.Interval;
import org.magsd.trainer.evaluate.Metrics;
import org.magsd.trainer.fit.TrainRun;

/** Writes a run's plots as PNG files, and one page that holds them all. */
public final class HtmlReport {
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
      put(folder.resolve(plot.getKey() + ".png"), plot.getValue());
    }
    put(folder.resolve("report.html"), page(run, plots).getBytes(StandardCharsets.UTF_8));
  }

  static String page(TrainRun.Finished run, Map<String, byte[]> plots) {
    ModelCard card = run.bundle().card();
    StringBuilder page = new StringBuilder();
    page.append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>")
        .append(escaped(card.id()))
        .append("</title><style>body{font:15px sans-serif;max-width:60em;margin:2em auto;")
        .append("padding:0 1em}table{border-collapse:collapse}td,th{border:1px solid #ccc;")
        .append("padding:.2em .6em;text-align:right}td:first-child,th:first-child{")
        .append("text-align:left}img{max-width:100%}</style><h1>")
        .append(escaped(card.id()))
        .append("</h1><p>")
        .append(
            escaped(
                String.format(
                    Locale.ROOT,
                    "%d films learnt from, %d judged by; temperature %.3f; %s",
                    card.training().films(),
                    run.validation().overall().n(),
                    card.temperature(),
                    card.created())))
        .append("</p><p>Softmax regression on 24x24 thumbnails, which cannot see disease: ")
        .append(escaped(String.valueOf(card.details().get("floor"))))
        .append("</p><h2>Validation films</h2>");
    table(page, run.validation());
    plots.forEach(
        (name, png) ->
            page.append("<p><img alt=\"")
                .append(name)
                .append("\" src=\"data:image/png;base64,")
                .append(Base64.getEncoder().encodeToString(png))
                .append("\"></p>"));
    page.append("<h2>Limitations</h2><ul>");
    card.limitations().forEach(limit -> page.append("<li>").append(escaped(limit)).append("</li>"));
    page.append("</ul><h2>Run</h2><p>").append(escaped(run.metadata().toString())).append("</p>");
    return page.append("</html>\n").toString();
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
    page.append("<tr><td>").append(escaped(source)).append("</td><td>").append(metrics.n());
    Bootstrap.VALUES.forEach(
        (name, value) -> {
          double estimate = value.applyAsDouble(metrics);
          Interval interval = intervals.get(name);
          page.append("</td><td>")
              .append(
                  Double.isNaN(estimate) || interval == null
                      ? "&ndash;"
                      : String.format(
                          Locale.ROOT,
                          "%.3f<br>%.2f&ndash;%.2f",
                          estimate,
                          interval.low(),
                          interval.high()));
        });
    page.append("</td></tr>");
  }

  private static void put(Path file, byte[] bytes) throws IOException {
    Path draft = file.resolveSibling("." + file.getFileName() + ".part");
    Files.write(draft, bytes);
    Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
