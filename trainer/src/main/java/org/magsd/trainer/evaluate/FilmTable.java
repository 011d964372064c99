package org.magsd.trainer.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What a model says of films, in columns and sorted once, so that the metrics of thousands of
 * resamples cost little: a resample is how many times each film is in it.
 */
final class FilmTable {
  private final int classes;
  private final int[] targets;
  private final int[] predictions;
  private final int[] groupOf;
  private final int groups;

  private final Probabilities scaled;

  /** The same at temperature 1. */
  private final Probabilities unscaled;

  /** By class, the films from the least probable. */
  private final int[][] ascending;

  /** Classes of the truth, and of truth or prediction, in all films. */
  private final boolean[] inTruth;

  private final boolean[] occurs;

  /** What a model says at a temperature. */
  private static final class Probabilities {
    /** Of each film. */
    final double[] greatest;

    /** By class, then film. */
    final double[][] of;

    Probabilities(double temperature, List<Scored> films, int classes) {
      greatest = new double[films.size()];
      of = new double[classes][films.size()];
      for (int i = 0; i < films.size(); i++) {
        double[] ofFilm = films.get(i).probabilities(temperature);
        for (int k = 0; k < classes; k++) {
          of[k][i] = ofFilm[k];
        }
        greatest[i] = Arrays.stream(ofFilm).max().orElseThrow();
      }
    }
  }

  FilmTable(List<Scored> films, int classes, double temperature) {
    this.classes = classes;
    int n = films.size();
    targets = films.stream().mapToInt(Scored::target).toArray();
    predictions = films.stream().mapToInt(Scored::predicted).toArray();
    scaled = new Probabilities(temperature, films, classes);
    unscaled = temperature == 1 ? scaled : new Probabilities(1, films, classes);
    Map<String, Integer> numbers = new LinkedHashMap<>();
    groupOf = new int[n];
    for (int i = 0; i < n; i++) {
      groupOf[i] = numbers.computeIfAbsent(films.get(i).group(), group -> numbers.size());
    }
    groups = numbers.size();
    ascending = new int[classes][];
    inTruth = new boolean[classes];
    occurs = new boolean[classes];
    for (int k = 0; k < classes; k++) {
      ascending[k] = Roc.ascending(scaled.of[k]);
    }
    for (int i = 0; i < n; i++) {
      inTruth[targets[i]] = true;
      occurs[targets[i]] = true;
      occurs[predictions[i]] = true;
    }
  }

  int films() {
    return targets.length;
  }

  int groups() {
    return groups;
  }

  /** Number of each film's patient, from 0. */
  int groupOf(int film) {
    return groupOf[film];
  }

  /** Patients of whom a film is as wanted. */
  int groups(IntPredicate film) {
    return (int) IntStream.range(0, films()).filter(film).map(this::groupOf).distinct().count();
  }

  boolean isOf(int film, int target) {
    return targets[film] == target;
  }

  boolean isTakenFor(int film, int prediction) {
    return predictions[film] == prediction;
  }

  private boolean isRight(int film) {
    return targets[film] == predictions[film];
  }

  /** Metrics of all films, each once. */
  Metrics metrics() {
    int[] once = new int[films()];
    Arrays.fill(once, 1);
    return metrics(once);
  }

  /**
   * Metrics of a resample. Macro values are means over the classes of the whole table, so that they
   * are the same quantity in each resample: {@code NaN} where a class of the truth is not drawn; a
   * class that is only predicted counts as 0, as it does in the whole table, drawn or not.
   *
   * @param times how many times each film is in it
   */
  Metrics metrics(int[] times) {
    int[][] confusion = new int[classes][classes];
    for (int i = 0; i < times.length; i++) {
      confusion[targets[i]][predictions[i]] += times[i];
    }
    int n = Arrays.stream(times).sum();
    List<Metrics.OfClass> perClass = new ArrayList<>(classes);
    for (int k = 0; k < classes; k++) {
      perClass.add(ofClass(confusion, n, k, times));
    }
    int right = IntStream.range(0, classes).map(k -> confusion[k][k]).sum();
    boolean allDrawn =
        IntStream.range(0, classes).allMatch(k -> !inTruth[k] || perClass.get(k).n() > 0);
    return new Metrics(
        n,
        n == 0 ? Double.NaN : (double) right / n,
        macro(allDrawn, occurs, k -> orZeroIfOnlyPredicted(k, perClass.get(k).precision())),
        macro(allDrawn, inTruth, k -> perClass.get(k).recall()),
        macro(allDrawn, occurs, k -> orZeroIfOnlyPredicted(k, perClass.get(k).f1())),
        macro(allDrawn, inTruth, k -> perClass.get(k).specificity()),
        macro(allDrawn, inTruth, k -> perClass.get(k).auroc()),
        Calibration.error(scaled.greatest, this::isRight, times),
        Calibration.error(unscaled.greatest, this::isRight, times),
        confusion,
        List.copyOf(perClass));
  }

  private Metrics.OfClass ofClass(int[][] confusion, int n, int k, int[] times) {
    int hits = confusion[k][k];
    int truth = Arrays.stream(confusion[k]).sum();
    int predicted = Arrays.stream(confusion).mapToInt(row -> row[k]).sum();
    int others = n - truth;
    return new Metrics.OfClass(
        truth,
        truth + predicted == 0 ? Double.NaN : (double) hits / Math.max(1, predicted),
        truth == 0 ? Double.NaN : (double) hits / truth,
        truth + predicted == 0 ? Double.NaN : 2.0 * hits / (truth + predicted),
        others == 0 ? Double.NaN : (double) (others - (predicted - hits)) / others,
        Roc.area(scaled.of[k], ascending[k], film -> isOf(film, k), times),
        Calibration.error(scaled.of[k], film -> isOf(film, k), times),
        Calibration.error(unscaled.of[k], film -> isOf(film, k), times));
  }

  private double orZeroIfOnlyPredicted(int k, double value) {
    return Double.isNaN(value) && !inTruth[k] ? 0 : value;
  }

  private static double macro(boolean allDrawn, boolean[] over, IntToDoubleFunction values) {
    return allDrawn
        ? IntStream.range(0, over.length)
            .filter(k -> over[k])
            .mapToDouble(values)
            .average()
            .orElse(Double.NaN)
        : Double.NaN;
  }
}
