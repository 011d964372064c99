package org.magsd.trainer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * 95 % intervals by the percentile bootstrap. Patients, not films, are drawn with replacement,
 * since films of one patient are not independent.
 *
 * <p>Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", chapter 13.
 */
public final class Bootstrap {
  private static final String ACCURACY = "accuracy";
  static final String CALIBRATION_ERROR = "calibrationError";
  static final String CALIBRATION_ERROR_BEFORE = "calibrationErrorBefore";

  /** Metrics of probabilities, which say nothing where none is calibrated. */
  public static final Set<String> OF_CALIBRATION =
      Set.of(CALIBRATION_ERROR, CALIBRATION_ERROR_BEFORE);

  private static final double TAIL = 0.025;

  /** Resamples; fixed, as is the seed, so that the same predictions give the same intervals. */
  public static final int RESAMPLES = 1000;

  private static final long SEED = 20_260_101;

  private Bootstrap() {}

  /** The metrics that get an interval, under their names in JSON. */
  public static final Map<String, ToDoubleFunction<Metrics>> VALUES = values();

  private static Map<String, ToDoubleFunction<Metrics>> values() {
    Map<String, ToDoubleFunction<Metrics>> values = new LinkedHashMap<>();
    values.put(ACCURACY, Metrics::accuracy);
    values.put("macroPrecision", Metrics::macroPrecision);
    values.put("macroRecall", Metrics::macroRecall);
    values.put("macroF1", Metrics::macroF1);
    values.put("specificity", Metrics::specificity);
    values.put("auroc", Metrics::auroc);
    values.put(CALIBRATION_ERROR, Metrics::calibrationError);
    values.put(CALIBRATION_ERROR_BEFORE, Metrics::calibrationErrorBefore);
    return Collections.unmodifiableMap(values);
  }

  /** The metrics of a class that get an interval, under their names in JSON. */
  public static final Map<String, ToDoubleFunction<Metrics.OfClass>> CLASS_VALUES = classValues();

  private static Map<String, ToDoubleFunction<Metrics.OfClass>> classValues() {
    Map<String, ToDoubleFunction<Metrics.OfClass>> values = new LinkedHashMap<>();
    values.put("precision", Metrics.OfClass::precision);
    values.put("recall", Metrics.OfClass::recall);
    values.put("f1", Metrics.OfClass::f1);
    values.put("specificity", Metrics.OfClass::specificity);
    values.put("auroc", Metrics.OfClass::auroc);
    values.put(CALIBRATION_ERROR, Metrics.OfClass::calibrationError);
    values.put(CALIBRATION_ERROR_BEFORE, Metrics.OfClass::calibrationErrorBefore);
    return Collections.unmodifiableMap(values);
  }

  /**
   * Intervals of films.
   *
   * @param metrics of the films themselves
   * @param overall by metric
   * @param perClass by class, then metric
   */
  public record Intervals(
      Metrics metrics, Map<String, Interval> overall, List<Map<String, Interval>> perClass) {}

  /**
   * An interval per metric; absent where no resample defines it, and where all give the same value,
   * which says nothing of how far it may be off. Only a share of 0 or 1 has one then, the exact
   * bound of as many trials as there are patients (C. Clopper and E. Pearson, Biometrika 26, 1934):
   * with the films of all of 36 patients right, at least 90.3 % are.
   *
   * <p>Resamples without a film of a class of the truth do not define the macro values.
   *
   * <p>A calibration error is greater in resamples than in the films, since films drawn twice make
   * chance's part of it greater; its percentiles are moved by the mean excess (chapter 10), down to
   * 0 at most.
   */
  public static Intervals intervals(List<Scored> films, int classes, double temperature) {
    FilmTable table = new FilmTable(films, classes, temperature);
    Metrics whole = table.metrics();
    Map<String, Figure> overall = new LinkedHashMap<>();
    VALUES.forEach(
        (name, value) ->
            overall.put(
                name, figure(name, value, name.equals(ACCURACY) ? table.groups() : 0, whole)));
    List<Map<String, Figure>> perClass = new ArrayList<>(classes);
    for (int k = 0; k < classes; k++) {
      perClass.add(ofClass(table, k, whole));
    }
    resample(
        table,
        times -> {
          Metrics metrics = table.metrics(times);
          overall.values().forEach(figure -> figure.add(metrics));
          perClass.forEach(of -> of.values().forEach(figure -> figure.add(metrics)));
        });
    return new Intervals(
        whole, intervals(overall), perClass.stream().map(Bootstrap::intervals).toList());
  }

  private static Map<String, Figure> ofClass(FilmTable table, int k, Metrics whole) {
    Map<String, Figure> figures = new LinkedHashMap<>();
    CLASS_VALUES.forEach(
        (name, value) ->
            figures.put(
                name,
                figure(
                    name,
                    metrics -> value.applyAsDouble(metrics.classes().get(k)),
                    switch (name) {
                      case "precision" -> table.groups(film -> table.isTakenFor(film, k));
                      case "recall" -> table.groups(film -> table.isOf(film, k));
                      case "specificity" -> table.groups(film -> !table.isOf(film, k));
                      default -> 0;
                    },
                    whole)));
    return figures;
  }

  private static Figure figure(
      String name, ToDoubleFunction<Metrics> value, int patients, Metrics whole) {
    return OF_CALIBRATION.contains(name)
        ? new CalibrationFigure(value, whole)
        : new Figure(value, patients);
  }

  private static Map<String, Interval> intervals(Map<String, Figure> figures) {
    Map<String, Interval> intervals = new LinkedHashMap<>();
    figures.forEach(
        (name, figure) -> figure.interval().ifPresent(interval -> intervals.put(name, interval)));
    return intervals;
  }

  /**
   * Per metric, how much greater it is with one model than with another, from resamples that both
   * share; absent where none of them defines it.
   *
   * @param one what a model says of films
   * @param other what the other says of the same films in the same order
   * @throws IllegalArgumentException if the films are not the same
   */
  public static Map<String, Difference> differences(
      List<Scored> one, List<Scored> other, int classes) {
    for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
      if (one.size() != other.size() || !one.get(i).sameFilm(other.get(i))) {
        throw new IllegalArgumentException("the two models did not judge the same films");
      }
    }
    FilmTable first = new FilmTable(one, classes, 1);
    FilmTable second = new FilmTable(other, classes, 1);
    Map<String, Values> drawn = new LinkedHashMap<>();
    VALUES.keySet().forEach(name -> drawn.put(name, new Values()));
    resample(
        first,
        times -> {
          Metrics with = first.metrics(times);
          Metrics without = second.metrics(times);
          drawn.forEach((name, values) -> values.add(difference(name, with, without)));
        });
    Map<String, Difference> differences = new LinkedHashMap<>();
    drawn.forEach(
        (name, values) -> {
          if (values.any()) {
            double value = difference(name, first.metrics(), second.metrics());
            differences.put(name, new Difference(value, values.percentiles()));
          }
        });
    return differences;
  }

  private static double difference(String name, Metrics one, Metrics other) {
    return VALUES.get(name).applyAsDouble(one) - VALUES.get(name).applyAsDouble(other);
  }

  /** Tells of each resample how many times each film is in it; nothing where there is no film. */
  private static void resample(FilmTable table, Consumer<int[]> heard) {
    SplittableRandom random = new SplittableRandom(SEED);
    int groups = table.groups();
    for (int r = 0; r < RESAMPLES && groups > 0; r++) {
      int[] drawn = new int[groups];
      for (int g = 0; g < groups; g++) {
        drawn[random.nextInt(groups)]++;
      }
      int[] times = new int[table.films()];
      Arrays.setAll(times, film -> drawn[table.groupOf(film)]);
      heard.accept(times);
    }
  }

  /** What a metric is in each resample that defines it. */
  private static class Values {
    private final double[] values = new double[RESAMPLES];
    private int defined;

    void add(double value) {
      if (!Double.isNaN(value)) {
        values[defined++] = value;
      }
    }

    double mean() {
      return Arrays.stream(values, 0, defined).average().orElse(Double.NaN);
    }

    boolean any() {
      return defined > 0;
    }

    double[] sorted() {
      double[] sorted = Arrays.copyOf(values, defined);
      Arrays.sort(sorted);
      return sorted;
    }

    /** Absent where there is no value, or always the same. */
    Optional<Interval> percentiles() {
      double[] sorted = sorted();
      return sorted.length == 0 || sorted[0] == sorted[sorted.length - 1]
          ? Optional.empty()
          : Optional.of(new Interval(percentile(sorted, TAIL), percentile(sorted, 1 - TAIL)));
    }
  }

  /** A metric that gets an interval. */
  private static class Figure extends Values {
    private final ToDoubleFunction<Metrics> value;
    private final int patients;

    /**
     * @param patients of whose films it is a share; 0 if it is no share of films
     */
    Figure(ToDoubleFunction<Metrics> value, int patients) {
      this.value = value;
      this.patients = patients;
    }

    void add(Metrics metrics) {
      add(value.applyAsDouble(metrics));
    }

    Optional<Interval> interval() {
      Optional<Interval> between = percentiles();
      if (between.isPresent() || !any() || patients == 0) {
        return between;
      }
      double always = sorted()[0];
      double bound = Math.pow(TAIL, 1.0 / patients);
      if (always != 0 && always != 1) {
        return Optional.empty();
      }
      return Optional.of(always == 1 ? new Interval(bound, 1) : new Interval(0, 1 - bound));
    }
  }

  /** One that resamples have more of than the films themselves; its interval is without that. */
  private static final class CalibrationFigure extends Figure {
    private final double estimate;

    CalibrationFigure(ToDoubleFunction<Metrics> value, Metrics whole) {
      super(value, 0);
      this.estimate = value.applyAsDouble(whole);
    }

    @Override
    Optional<Interval> interval() {
      double excess = mean() - estimate;
      return super.interval()
          .map(of -> new Interval(Math.max(0, of.low() - excess), Math.max(0, of.high() - excess)));
    }
  }

  /** The value at a share of a sorted array, interpolated. */
  static double percentile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int low = (int) place;
    int high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
  }
}
