package org.magsd.trainer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

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

  /** An interval per metric; absent where no resample defines the metric. */
  public static Map<String, Interval> intervals(
      List<Scored> films, int classes, double temperature) {
    List<List<Scored>> groups =
        List.copyOf(
            films.stream()
                .collect(
                    Collectors.groupingBy(Scored::group, LinkedHashMap::new, Collectors.toList()))
                .values());
    Map<String, double[]> drawn = new LinkedHashMap<>();
    VALUES.keySet().forEach(name -> drawn.put(name, new double[RESAMPLES]));
    SplittableRandom random = new SplittableRandom(SEED);
    for (int r = 0; r < RESAMPLES && !groups.isEmpty(); r++) {
      List<Scored> sample = new ArrayList<>(films.size());
      for (int g = 0; g < groups.size(); g++) {
        sample.addAll(groups.get(random.nextInt(groups.size())));
      }
      Metrics metrics = Metrics.of(sample, classes, temperature);
      int resample = r;
      VALUES.forEach((name, value) -> drawn.get(name)[resample] = value.applyAsDouble(metrics));
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
