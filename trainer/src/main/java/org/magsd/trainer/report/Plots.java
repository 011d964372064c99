package org.magsd.trainer.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.magsd.trainer.evaluate.Calibration;
import org.magsd.trainer.evaluate.Evaluation;
import org.magsd.trainer.evaluate.Roc;
import org.magsd.trainer.fit.EpochRecord;

/** Plots of a run as PNG bytes. */
public final class Plots {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 420;

  private Plots() {}

  /** Training and validation loss by epoch, over all stages. */
  public static byte[] losses(List<EpochRecord> history) throws IOException {
    XYChart chart = chart("Loss", "epoch", "cross-entropy");
    line(chart, "training", history, EpochRecord::trainLoss);
    line(chart, "validation", history, EpochRecord::loss);
    return png(chart);
  }

  /** Accuracy and macro F1 by epoch, over all stages. */
  public static byte[] scores(List<EpochRecord> history) throws IOException {
    XYChart chart = chart("Scores", "epoch", "share");
    line(chart, "training accuracy", history, EpochRecord::trainAccuracy);
    line(chart, "validation accuracy", history, EpochRecord::accuracy);
    line(chart, "validation macro F1", history, EpochRecord::macroF1);
    line(chart, "recall over class and source", history, EpochRecord::cells);
    return png(chart);
  }

  /** One curve per class against the rest; classes without films on either side are left out. */
  public static byte[] roc(Evaluation evaluation) throws IOException {
    XYChart chart = chart("ROC", "false positive rate", "true positive rate");
    chart.getStyler().setLegendPosition(LegendPosition.InsideSE);
    for (int k = 0; k < evaluation.classes().size(); k++) {
      int target = k;
      double area = evaluation.overall().classes().get(k).auroc();
      if (Double.isNaN(area)) {
        continue;
      }
      boolean[] positive = new boolean[evaluation.films().size()];
      for (int i = 0; i < positive.length; i++) {
        positive[i] = evaluation.films().get(i).target() == target;
      }
      double[] scores =
          evaluation.films().stream()
              .mapToDouble(film -> film.probabilities(evaluation.temperature())[target])
              .toArray();
      Roc.Curve curve = Roc.curve(scores, positive);
      plain(
          chart.addSeries(
              String.format("%s (%.3f)", evaluation.classes().get(k), area),
              curve.falsePositiveRate(),
              curve.truePositiveRate()));
    }
    plain(chart.addSeries("chance", new double[] {0, 1}, new double[] {0, 1}));
    return png(chart);
  }

  /** Accuracy against confidence, before and after the temperature. */
  public static byte[] reliability(Evaluation evaluation) throws IOException {
    XYChart chart = chart("Reliability", "confidence", "accuracy");
    chart.getStyler().setLegendPosition(LegendPosition.InsideNW);
    reliability(chart, "as trained", evaluation, 1);
    reliability(chart, "calibrated", evaluation, evaluation.temperature());
    plain(chart.addSeries("ideal", new double[] {0, 1}, new double[] {0, 1}));
    return png(chart);
  }

  /** Films by true class (rows, the first on top) and predicted class (columns). */
  public static byte[] confusion(Evaluation evaluation) throws IOException {
    HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Confusion")
            .xAxisTitle("predicted")
            .yAxisTitle("true")
            .build();
    chart.getStyler().setShowValue(true);
    chart.getStyler().setLegendVisible(false);
    List<String> rows = new ArrayList<>(evaluation.classes());
    Collections.reverse(rows);
    List<Number[]> cells = new ArrayList<>();
    int classes = evaluation.classes().size();
    for (int column = 0; column < classes; column++) {
      for (int row = 0; row < classes; row++) {
        cells.add(
            new Number[] {
              column, row, evaluation.overall().confusion()[classes - 1 - row][column]
            });
      }
    }
    chart.addSeries("films", evaluation.classes(), rows, cells);
    return png(chart);
  }

  private static void reliability(
      XYChart chart, String name, Evaluation evaluation, double temperature) {
    List<Calibration.Bin> bins =
        Calibration.bins(evaluation.films(), temperature).stream()
            .filter(bin -> bin.n() > 0)
            .toList();
    if (!bins.isEmpty()) {
      chart.addSeries(
          String.format("%s (ECE %.3f)", name, Calibration.error(evaluation.films(), temperature)),
          bins.stream().mapToDouble(Calibration.Bin::confidence).toArray(),
          bins.stream().mapToDouble(Calibration.Bin::accuracy).toArray());
    }
  }

  private static void line(
      XYChart chart, String name, List<EpochRecord> history, ToDoubleFunction<EpochRecord> value) {
    double[] epochs = new double[history.size()];
    Arrays.setAll(epochs, i -> i + 1.0);
    plain(chart.addSeries(name, epochs, history.stream().mapToDouble(value).toArray()));
  }

  private static void plain(XYSeries series) {
    series.setMarker(SeriesMarkers.NONE);
  }

  private static XYChart chart(String title, String x, String y) {
    return new XYChartBuilder()
        .width(WIDTH)
        .height(HEIGHT)
        .title(title)
        .xAxisTitle(x)
        .yAxisTitle(y)
        .build();
  }

  private static byte[] png(Chart<?, ?> chart) throws IOException {
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
  }
}
