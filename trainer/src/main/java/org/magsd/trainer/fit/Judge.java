package org.magsd.trainer.fit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.magsd.inference.model.Preprocessing;
import org.magsd.trainer.data.Batch;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.Sample;
import org.magsd.trainer.evaluate.Calibration;
import org.magsd.trainer.evaluate.Metrics;
import org.magsd.trainer.evaluate.Scored;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.weights.TensorMap;

/**
 * Judges weights by films: a second network in evaluation mode, fed what serving would feed. That
 * may take as long as many training steps, so it is given up between any two batches once the run
 * is interrupted; the network that learns is not touched, and can be judged anew.
 */
final class Judge implements AutoCloseable {
  private static final int BATCH = 16;
  private final MaNet net;
  private final Preprocessing preprocessing;
  private final BooleanSupplier interrupted;

  /**
   * @param interrupted asked before each batch whether to stop there
   */
  Judge(MaNet net, Preprocessing preprocessing, BooleanSupplier interrupted) {
    this.net = net;
    this.preprocessing = preprocessing;
    this.interrupted = interrupted;
  }

  /**
   * What the films get with these weights.
   *
   * @throws CancellationException if interrupted
   */
  List<Scored> score(TensorMap weights, List<Film> films) {
    net.load(weights);
    List<Scored> scored = new ArrayList<>(films.size());
    for (int from = 0; from < films.size(); from += BATCH) {
      requireUninterrupted();
      scored.addAll(batch(films.subList(from, Math.min(from + BATCH, films.size()))));
    }
    return scored;
  }

  /**
   * The weights with batch-norm statistics measured on batches, each of which counts the same.
   *
   * @param batches at least one
   * @throws CancellationException if interrupted
   */
  TensorMap measured(TensorMap weights, Iterable<Batch> batches) {
    net.load(weights);
    int before = 0;
    for (Batch batch : batches) {
      requireUninterrupted();
      try (NDManager scope = net.newScope()) {
        net.measureStatistics(array(scope, batch), before++);
      }
    }
    return net.weights();
  }

  /**
   * Where it may be given up.
   *
   * @throws CancellationException if interrupted
   */
  void requireUninterrupted() {
    if (interrupted.getAsBoolean()) {
      throw new CancellationException();
    }
  }

  /** What serving would feed the network. */
  Batch seen(List<Film> films) {
    int size = preprocessing.size();
    float[] images = new float[films.size() * size * size];
    IntStream.range(0, films.size())
        .parallel()
        .forEach(
            i -> {
              float[] values = films.get(i).prepared(preprocessing);
              System.arraycopy(values, 0, images, i * values.length, values.length);
            });
    int[] targets = films.stream().mapToInt(film -> film.sample().target()).toArray();
    return new Batch(images, targets, size);
  }

  private static NDArray array(NDManager scope, Batch batch) {
    Shape shape = new Shape(batch.films(), 1, batch.size(), batch.size());
    return scope.create(batch.images(), shape);
  }

  private List<Scored> batch(List<Film> films) {
    try (NDManager scope = net.newScope()) {
      NDArray array = array(scope, seen(films));
      float[] logits = net.evaluate(array).logits().toFloatArray();
      int classes = logits.length / films.size();
      List<Scored> scored = new ArrayList<>(films.size());
      for (int i = 0; i < films.size(); i++) {
        double[] own = new double[classes];
        for (int k = 0; k < classes; k++) {
          own[k] = logits[i * classes + k];
        }
        Sample sample = films.get(i).sample();
        scored.add(
            new Scored(
                sample.film().name(),
                sample.film().source(),
                sample.group(),
                sample.target(),
                own));
      }
      return scored;
    }
  }

  /** Validation values of one epoch. */
  record Verdict(double loss, Metrics metrics, double cells) {
    static Verdict of(List<Scored> films, int classes) {
      return new Verdict(
          Calibration.negativeLogLikelihood(films, 1), Metrics.of(films, classes, 1), cells(films));
    }

    /**
     * The value a stage selects by; greater is better.
     *
     * @param epoch the epoch judged
     */
    double value(StageConfig.Select select, int epoch) {
      return switch (select) {
        case LOSS -> -loss;
        case MACRO_F1 -> metrics.macroF1();
        case CELLS -> cells;
        case LAST -> epoch;
      };
    }

    private static double cells(List<Scored> films) {
      Collection<List<Scored>> cells =
          films.stream()
              .collect(
                  Collectors.groupingBy(film -> new Sample.Stratum(film.target(), film.source())))
              .values();
      return cells.stream()
          .mapToDouble(
              cell ->
                  cell.stream().filter(film -> film.predicted() == film.target()).count()
                      / (double) cell.size())
          .average()
          .orElse(Double.NaN);
    }
  }

  @Override
  public void close() {
    net.close();
  }
}
