package org.magsd.trainer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * Whether probabilities mean what they say.
 *
 * <p>Source: C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017: one temperature
 * that divides all logits, fitted by likelihood on validation films; the ranking of classes stays.
 * Likelihood is not the calibration error, which a fit may leave as it was where few films fill the
 * bins; {@link #errorByChance} says what such films show of a model that is calibrated.
 */
public final class Calibration {
  /** Bins of the reliability diagram, of equal width. */
  public static final int BINS = 15;

  private static final int CHANCE_DRAWS = 200;
  private static final long CHANCE_SEED = 20_260_102;
  private static final int FOLDS = 5;
  private static final double COLDEST = 0.02;
  private static final double HOTTEST = 100;

  private Calibration() {}

  /**
   * One bin of the reliability diagram.
   *
   * @param n films whose greatest probability lies in the bin
   * @param confidence their mean greatest probability
   * @param accuracy share of them that is right
   */
  public record Bin(int n, double confidence, double accuracy) {}

  /** The bins from 0 to 1; a bin without films has confidence and accuracy 0. */
  public static List<Bin> bins(List<Scored> films, double temperature) {
    int[] once = new int[films.size()];
    Arrays.fill(once, 1);
    return bins(confidence(films, temperature), rightness(films), once);
  }

  private static List<Bin> bins(double[] confidence, IntPredicate right, int[] times) {
    int[] counts = new int[BINS];
    int[] hits = new int[BINS];
    double[] sums = new double[BINS];
    for (int i = 0; i < times.length; i++) {
      int bin = Math.min((int) (confidence[i] * BINS), BINS - 1);
      counts[bin] += times[i];
      sums[bin] += times[i] * confidence[i];
      hits[bin] += right.test(i) ? times[i] : 0;
    }
    Bin[] bins = new Bin[BINS];
    for (int i = 0; i < BINS; i++) {
      double n = Math.max(1, counts[i]);
      bins[i] = new Bin(counts[i], sums[i] / n, hits[i] / n);
    }
    return List.of(bins);
  }

  private static double[] confidence(List<Scored> films, double temperature) {
    return films.stream()
        .mapToDouble(film -> Arrays.stream(film.probabilities(temperature)).max().orElseThrow())
        .toArray();
  }

  private static IntPredicate rightness(List<Scored> films) {
    return film -> films.get(film).predicted() == films.get(film).target();
  }

  /** Expected calibration error: mean over films of |accuracy - confidence| of their bin. */
  public static double error(List<Scored> films, double temperature) {
    return error(bins(films, temperature));
  }

  /**
   * The same of a sample in which films occur any number of times.
   *
   * @param confidence greatest probability of each film
   * @param right whether it is the true class's
   * @param times how often each film occurs
   */
  static double error(double[] confidence, IntPredicate right, int[] times) {
    return error(bins(confidence, right, times));
  }

  /** {@code NaN} for no films. */
  private static double error(List<Bin> bins) {
    int films = bins.stream().mapToInt(Bin::n).sum();
    return bins.stream()
            .mapToDouble(bin -> bin.n() * Math.abs(bin.accuracy() - bin.confidence()))
            .sum()
        / films;
  }

  /**
   * The expected calibration error that {@link #error} would give on average if every probability
   * were exactly right: with few films in a bin, its accuracy differs from its confidence by
   * chance. An error near this one leaves nothing to be calibrated.
   */
  public static double errorByChance(List<Scored> films, double temperature) {
    SplittableRandom random = new SplittableRandom(CHANCE_SEED);
    double sum = 0;
    for (int draw = 0; draw < CHANCE_DRAWS; draw++) {
      List<Scored> drawn = new ArrayList<>(films.size());
      for (Scored film : films) {
        double[] probabilities = film.probabilities(temperature);
        double mark = random.nextDouble();
        int target = 0;
        while (target < probabilities.length - 1 && mark >= probabilities[target]) {
          mark -= probabilities[target++];
        }
        drawn.add(new Scored(film.name(), film.source(), film.group(), target, film.logits()));
      }
      sum += error(drawn, temperature);
    }
    return sum / CHANCE_DRAWS;
  }

  /** Mean negative logarithm of the true class's probability. */
  public static double negativeLogLikelihood(List<Scored> films, double temperature) {
    return films.stream()
        .mapToDouble(
            film -> {
              double[] logits = film.logits();
              double most = Arrays.stream(logits).max().orElseThrow();
              double sum = Arrays.stream(logits).map(l -> Math.exp((l - most) / temperature)).sum();
              return Math.log(sum) - (logits[film.target()] - most) / temperature;
            })
        .average()
        .orElse(Double.NaN);
  }

  /**
   * The temperature of greatest likelihood, between 0.02 and 100 (golden-section search over its
   * logarithm; the likelihood has a single maximum). 1 for no films.
   */
  public static double fitTemperature(List<Scored> films) {
    if (films.isEmpty()) {
      return 1;
    }
    double golden = (Math.sqrt(5) - 1) / 2;
    double low = Math.log(COLDEST);
    double high = Math.log(HOTTEST);
    while (high - low > 1e-6) {
      double left = high - golden * (high - low);
      double right = low + golden * (high - low);
      if (negativeLogLikelihood(films, Math.exp(left))
          <= negativeLogLikelihood(films, Math.exp(right))) {
        high = right;
      } else {
        low = left;
      }
    }
    return Math.exp((low + high) / 2);
  }

  /**
   * The temperature of greatest likelihood, or 1 where that is no help: where temperatures fitted
   * to some of the patients do not make the films of the others more likely than 1 does, and where
   * all films are right, since the colder, the likelier these are, without end.
   */
  public static double temperature(List<Scored> films) {
    return films.stream().anyMatch(film -> film.predicted() != film.target())
            && crossFittedLogLoss(films) < negativeLogLikelihood(films, 1)
        ? fitTemperature(films)
        : 1;
  }

  /**
   * Mean negative logarithm of the true class's probability, each film at the temperature fitted to
   * the films of other patients; infinite for fewer than two patients.
   */
  public static double crossFittedLogLoss(List<Scored> films) {
    List<String> groups = films.stream().map(Scored::group).distinct().sorted().toList();
    int folds = Math.min(FOLDS, groups.size());
    if (folds < 2) {
      return Double.POSITIVE_INFINITY;
    }
    Map<String, Integer> fold = new HashMap<>();
    groups.forEach(group -> fold.put(group, fold.size() % folds));
    double sum = 0;
    for (int k = 0; k < folds; k++) {
      int held = k;
      Map<Boolean, List<Scored>> sides =
          films.stream().collect(Collectors.partitioningBy(film -> fold.get(film.group()) == held));
      sum +=
          sides.get(true).size()
              * negativeLogLikelihood(sides.get(true), fitTemperature(sides.get(false)));
    }
    return sum / films.size();
  }

  /**
   * What a temperature does to the films by which it was chosen.
   *
   * @param temperature that divides the logits
   * @param before expected calibration error at temperature 1
   * @param after the same at this temperature
   * @param byChance {@link #errorByChance} at this temperature
   * @param logLossBefore mean negative logarithm of the true class's probability at temperature 1
   * @param logLossCrossFitted the same at temperatures fitted to other patients
   */
  public record Summary(
      double temperature,
      Measured before,
      Measured after,
      double byChance,
      double logLossBefore,
      double logLossCrossFitted) {}

  /** An expected calibration error with its 95 % interval, where it has one. */
  public record Measured(double value, OptionalDouble low, OptionalDouble high) {}

  /**
   * What a temperature does.
   *
   * @param films at least one
   */
  public static Summary summary(List<Scored> films, double temperature) {
    Bootstrap.Intervals all = Bootstrap.intervals(films, films.get(0).logits().length, temperature);
    return new Summary(
        temperature,
        measured(all, Bootstrap.CALIBRATION_ERROR_BEFORE, all.metrics().calibrationErrorBefore()),
        measured(all, Bootstrap.CALIBRATION_ERROR, all.metrics().calibrationError()),
        errorByChance(films, temperature),
        negativeLogLikelihood(films, 1),
        crossFittedLogLoss(films));
  }

  private static Measured measured(Bootstrap.Intervals of, String name, double value) {
    Optional<Interval> interval = Optional.ofNullable(of.overall().get(name));
    return new Measured(
        value,
        interval.map(bounds -> OptionalDouble.of(bounds.low())).orElseGet(OptionalDouble::empty),
        interval.map(bounds -> OptionalDouble.of(bounds.high())).orElseGet(OptionalDouble::empty));
  }
}
