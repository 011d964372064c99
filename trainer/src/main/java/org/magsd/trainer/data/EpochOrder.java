package org.magsd.trainer.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which films an epoch shows, in which order. Depends on the seed and the epoch's number alone, so
 * that a resumed run shows the same films; films of one cell are drawn without replacement until
 * all have been shown.
 */
public final class EpochOrder {
  private final List<Cell> cells;
  private final int films;
  private final long seed;

  // Compared by nobody.
  @SuppressWarnings("ArrayRecordComponent")
  private record Cell(int[] films, double weight) {}

  /**
   * @param samples the training films
   * @param films films per epoch
   */
  public EpochOrder(List<Sample> samples, Balance balance, int films, long seed) {
    this.films = films;
    this.seed = seed;
    this.cells =
        switch (balance) {
          case NONE -> cells(samples, sample -> 0, count -> (double) count);
          case CLASS -> cells(samples, sample -> sample.target(), count -> 1.0);
          case CLASS_AND_SOURCE -> perClass(cells(samples, Sample::stratum, Math::sqrt), samples);
        };
  }

  /** Indexes into the training films. */
  public int[] epoch(int number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003L + number);
    int[] order = new int[films];
    int[] counts = counts(random);
    int at = 0;
    for (int c = 0; c < counts.length; c++) {
      int[] cell = cells.get(c).films().clone();
      for (int drawn = 0; drawn < counts[c]; drawn++) {
        if (drawn % cell.length == 0) {
          shuffle(cell, random);
        }
        order[at++] = cell[drawn % cell.length];
      }
    }
    shuffle(order, random);
    return order;
  }

  /** Films per cell: the weights' shares, the rest drawn by the fractions left over. */
  private int[] counts(SplittableRandom random) {
    double total = cells.stream().mapToDouble(Cell::weight).sum();
    int[] counts = new int[cells.size()];
    double carried = random.nextDouble();
    double before = 0;
    for (int c = 0; c < counts.length; c++) {
      double after = before + films * cells.get(c).weight() / total;
      counts[c] = (int) (Math.floor(after + carried) - Math.floor(before + carried));
      before = after;
    }
    counts[counts.length - 1] += films - Arrays.stream(counts).sum();
    return counts;
  }

  private static <K extends Comparable<K>> List<Cell> cells(
      List<Sample> samples, Function<Sample, K> key, Function<Integer, Double> weight) {
    return IntStream.range(0, samples.size())
        .boxed()
        .collect(
            Collectors.groupingBy(
                i -> key.apply(samples.get(i)), TreeMap::new, Collectors.toList()))
        .values()
        .stream()
        .map(
            indexes ->
                new Cell(
                    indexes.stream().mapToInt(Integer::intValue).toArray(),
                    weight.apply(indexes.size())))
        .toList();
  }

  private static List<Cell> perClass(List<Cell> cells, List<Sample> samples) {
    TreeMap<Integer, Double> totals = new TreeMap<>();
    cells.forEach(
        cell -> totals.merge(samples.get(cell.films()[0]).target(), cell.weight(), Double::sum));
    List<Cell> shared = new ArrayList<>(cells.size());
    for (Cell cell : cells) {
      double total = totals.get(samples.get(cell.films()[0]).target());
      shared.add(new Cell(cell.films(), cell.weight() / total));
    }
    return shared;
  }

  private static void shuffle(int[] values, SplittableRandom random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int kept = values[i];
      values[i] = values[j];
      values[j] = kept;
    }
  }
}
