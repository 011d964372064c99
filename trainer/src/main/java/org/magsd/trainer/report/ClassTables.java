package org.magsd.trainer.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.magsd.trainer.evaluate.Bootstrap;
import org.magsd.trainer.evaluate.Evaluation;
import org.magsd.trainer.evaluate.Interval;
import org.magsd.trainer.evaluate.Metrics;
import org.magsd.trainer.report.ComparisonPage.Table;

/** The tables in which reports show an evaluation's figures. */
public final class ClassTables {
  private ClassTables() {}

  /**
   * One class against the rest, each a row.
   *
   * @param shown of {@link Bootstrap#CLASS_VALUES}
   */
  public static Table classes(
      String title, Map<String, ToDoubleFunction<Metrics.OfClass>> shown, Evaluation evaluation) {
    List<List<String>> rows = new ArrayList<>();
    for (int k = 0; k < evaluation.classes().size(); k++) {
      Metrics.OfClass of = evaluation.overall().classes().get(k);
      rows.add(
          row(evaluation.classes().get(k), of.n(), shown, of, evaluation.classIntervals().get(k)));
    }
    return new Table(title, header("class", shown.keySet()), rows);
  }

  /** Films by true class (row) and predicted class (column). */
  public static Table confusion(String title, Evaluation evaluation) {
    List<String> header = new ArrayList<>(List.of("truth"));
    evaluation.classes().forEach(name -> header.add("taken for " + name));
    List<List<String>> rows = new ArrayList<>();
    for (int k = 0; k < evaluation.classes().size(); k++) {
      List<String> row = new ArrayList<>(List.of(evaluation.classes().get(k)));
      Arrays.stream(evaluation.overall().confusion()[k])
          .forEach(films -> row.add(Integer.toString(films)));
      rows.add(row);
    }
    return new Table(title, header, rows);
  }

  /** Above rows of figures. */
  public static List<String> header(String first, Set<String> figures) {
    List<String> header = new ArrayList<>(List.of(first, "films"));
    header.addAll(figures);
    return header;
  }

  /** Figures of some films with their intervals. */
  public static <M> List<String> row(
      String name,
      int films,
      Map<String, ToDoubleFunction<M>> figures,
      M metrics,
      Map<String, Interval> intervals) {
    List<String> row = new ArrayList<>(List.of(name, Integer.toString(films)));
    figures.forEach(
        (figure, of) -> row.add(ComparisonPage.cell(of.applyAsDouble(metrics), intervals, figure)));
    return row;
  }
}
