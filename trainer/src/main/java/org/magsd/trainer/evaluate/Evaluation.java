package org.magsd.trainer.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Everything measured on a set of films: overall, per class and per source, with intervals.
 *
 * @param classes class names in the order of the logits
 * @param temperature by which the logits were divided
 * @param films the films with their logits
 * @param overall metrics of all films
 * @param intervals 95 % intervals of the overall metrics
 * @param classIntervals 95 % intervals of each class's metrics
 * @param sources the same per source, in alphabetical order
 */
public record Evaluation(
    List<String> classes,
    double temperature,
    List<Scored> films,
    Metrics overall,
    Map<String, Interval> intervals,
    List<Map<String, Interval>> classIntervals,
    Map<String, OfSource> sources) {

  /** Metrics and 95 % intervals of one source, and of each class in it. */
  public record OfSource(
      Metrics metrics,
      Map<String, Interval> intervals,
      List<Map<String, Interval>> classIntervals) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  public static Evaluation of(List<String> classes, List<Scored> films, double temperature) {
    Map<String, OfSource> sources = new TreeMap<>();
    films.stream()
        .collect(Collectors.groupingBy(Scored::source))
        .forEach((source, own) -> sources.put(source, measured(own, classes.size(), temperature)));
    OfSource all = measured(films, classes.size(), temperature);
    return new Evaluation(
        List.copyOf(classes),
        temperature,
        List.copyOf(films),
        all.metrics(),
        all.intervals(),
        all.classIntervals(),
        sources);
  }

  private static OfSource measured(List<Scored> films, int classes, double temperature) {
    Bootstrap.Intervals intervals = Bootstrap.intervals(films, classes, temperature);
    return new OfSource(intervals.metrics(), intervals.overall(), intervals.perClass());
  }

  /**
   * The JSON object of {@code ./magsd evaluate}. An undefined value (AUROC of a single class, for
   * instance) is null.
   */
  public ObjectNode toJson() {
    ObjectNode json = JSON.createObjectNode();
    values(json, overall, intervals);
    ArrayNode names = json.putArray("classes");
    classes.forEach(names::add);
    confusion(json, overall);
    perClass(json.putObject("perClass"), overall, classIntervals);
    ObjectNode perSource = json.putObject("perSource");
    sources.forEach(
        (source, of) -> {
          ObjectNode node = perSource.putObject(source);
          values(node, of.metrics(), of.intervals());
          confusion(node, of.metrics());
          perClass(node.putObject("perClass"), of.metrics(), of.classIntervals());
        });
    json.put("temperature", temperature);
    return json;
  }

  private static void values(ObjectNode node, Metrics metrics, Map<String, Interval> intervals) {
    node.put("n", metrics.n());
    Bootstrap.VALUES.forEach((name, value) -> put(node, name, value.applyAsDouble(metrics)));
    put(node, "falsePositiveRate", metrics.falsePositiveRate());
    intervals(node, intervals);
  }

  private static void intervals(ObjectNode node, Map<String, Interval> intervals) {
    ObjectNode bounds = node.putObject("intervals");
    intervals.forEach(
        (name, interval) -> bounds.putArray(name).add(interval.low()).add(interval.high()));
  }

  private static void confusion(ObjectNode node, Metrics metrics) {
    ArrayNode rows = node.putArray("confusion");
    for (int[] row : metrics.confusion()) {
      ArrayNode cells = rows.addArray();
      for (int count : row) {
        cells.add(count);
      }
    }
  }

  private void perClass(
      ObjectNode node, Metrics metrics, List<Map<String, Interval>> classIntervals) {
    for (int k = 0; k < classes.size(); k++) {
      Metrics.OfClass of = metrics.classes().get(k);
      ObjectNode entry = node.putObject(classes.get(k));
      entry.put("n", of.n());
      Bootstrap.CLASS_VALUES.forEach((name, value) -> put(entry, name, value.applyAsDouble(of)));
      intervals(entry, classIntervals.get(k));
    }
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isNaN(value)) {
      node.putNull(name);
    } else {
      node.put(name, value);
    }
  }
}
