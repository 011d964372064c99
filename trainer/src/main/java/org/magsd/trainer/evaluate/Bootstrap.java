package org.magsd.trainer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * 95 % intervals by the percentile bootstrap. Patients, not films, are drawn with replacement,
 * since films of one patient are not independent.
 *
 * <p>Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", chapter 13.
 */
public final class Bootstrap {
  /** Resamples; fixed, as is the seed, so that the same predictions give the same intervals. */
  public static final int RESAMPLES = 1000;

  private static final long SEED = 20_260_101;

  private Bootstrap() {}

  /** The metrics that get an interval, under their names in JSON. */
  public static final Map<String, ToDoubleFunction<Metrics>> VALUES = values();

  private static Map<String, ToDoubleFunction<Metrics>> values() {
    Map<String, ToDoubleFunction<Metrics>> values = new LinkedHashMap<>();
    values.put("accuracy", Metrics::accuracy);
    values.put("macroPrecision", Metrics::macroPrecision);
    values.put("macroRecall", Metrics::macroRecall);
    values.put("macroF1", Metrics::macroF1);
    values.put("specificity", Metrics::specificity);
    values.put("auroc", Metrics::auroc);
    values.put("calibrationError", Metrics::calibrationError);
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
    return Collections.unmodifiableMap(values);
  }

  /** Per class an interval per metric; absent where no resample defines the metric. */
  public static List<Map<String, Interval>> classIntervals(
      List<Scored> films, int classes, double temperature) {
    Map<String, Interval> flat =
        resampled(
            films,
            drawn -> {
              Metrics metrics =
                  Metrics.of(drawn.stream().map(films::get).toList(), classes, temperature);
              Map<String, Double> values = new LinkedHashMap<>();
              for (int k = 0; k < classes; k++) {
                String prefix = k + " ";
                Metrics.OfClass of = metrics.classes().get(k);
                CLASS_VALUES.forEach(
                    (name, value) -> values.put(prefix + name, value.applyAsDouble(of)));
              }
              return values;
            });
    List<Map<String, Interval>> perClass = new ArrayList<>(classes);
    for (int k = 0; k < classes; k++) {
      Map<String, Interval> own = new LinkedHashMap<>();
      for (String name : CLASS_VALUES.keySet()) {
        if (flat.containsKey(k + " " + name)) {
          own.put(name, flat.get(k + " " + name));
        }
      }
      perClass.add(own);
    }
    return perClass;
  }

  /** An interval per metric; absent where no resample defines the metric. */
  public static Map<String, Interval> intervals(
      List<Scored> films, int classes, double temperature) {
    return resampled(
        films,
        drawn -> {
          Metrics metrics =
              Metrics.of(drawn.stream().map(films::get).toList(), classes, temperature);
          return each(value -> value.applyAsDouble(metrics));
        });
  }

  /**
   * Per metric, how much greater it is with one model than with another, from resamples that both
   * share; absent where it is not defined.
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
    Function<List<Integer>, Map<String, Double>> difference =
        drawn -> {
          Metrics first = Metrics.of(drawn.stream().map(one::get).toList(), classes, 1);
          Metrics second = Metrics.of(drawn.stream().map(other::get).toList(), classes, 1);
          return each(value -> value.applyAsDouble(first) - value.applyAsDouble(second));
        };
    Map<String, Double> values = difference.apply(IntStream.range(0, one.size()).boxed().toList());
    Map<String, Difference> differences = new LinkedHashMap<>();
    resampled(one, difference)
        .forEach(
            (name, interval) -> differences.put(name, new Difference(values.get(name), interval)));
    return differences;
  }

  private static Map<String, Double> each(Function<ToDoubleFunction<Metrics>, Double> value) {
    Map<String, Double> each = new LinkedHashMap<>();
    VALUES.forEach((name, metric) -> each.put(name, value.apply(metric)));
    return each;
  }

  /**
   * @param statistics values of the films with the given indexes, {@code NaN} where not defined
   */
  private static Map<String, Interval> resampled(
      List<Scored> films, Function<List<Integer>, Map<String, Double>> statistics) {
    List<List<Integer>> groups =
        List.copyOf(
            IntStream.range(0, films.size())
                .boxed()
                .collect(
                    Collectors.groupingBy(
                        i -> films.get(i).group(), LinkedHashMap::new, Collectors.toList()))
                .values());
    Map<String, double[]> drawn = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(SEED);
    for (int r = 0; r < RESAMPLES && !groups.isEmpty(); r++) {
      List<Integer> sample = new ArrayList<>(films.size());
      for (int g = 0; g < groups.size(); g++) {
        sample.addAll(groups.get(random.nextInt(groups.size())));
      }
      int resample = r;
      statistics
          .apply(sample)
          .forEach(
              (name, value) ->
                  drawn.computeIfAbsent(name, n -> new double[RESAMPLES])[resample] = value);
    }
    Map<String, Interval> intervals = new LinkedHashMap<>();
    drawn.forEach(
        (name, values) -> {
          double[] defined = Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
          if (defined.length > 0 && !groups.isEmpty()) {
            intervals.put(
                name, new Interval(percentile(defined, 0.025), percentile(defined, 0.975)));
          }
        });
    return intervals;
  }

  /** The value at a share of a sorted array, interpolated. */
  static double percentile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int low = (int) place;
    int high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
  }
}
