package org.magsd.trainer.export;

import static org.magsd.trainer.export.OnnxGraph.attribute;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.magsd.trainer.net.MaNet;

/**
 * How far a film is from the training films in the network's own view: the Mahalanobis distances of
 * the channel means {@code [C]} of its first stage in each of {@value #SIDE} x {@value #SIDE}
 * cells, with mean and covariance of the training films there, as root mean square over cells and
 * channels; about 1 for a film like them.
 *
 * <p>Early features, because later ones keep little of what tells a film from noise, a test pattern
 * or a slice; cell by cell, because a chest film has lungs, heart and shoulders in their places.
 * Neighbouring cells share a row or two where their side does not divide the grid.
 *
 * <p>Source: Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples",
 * NeurIPS 2018; by position: Defard et al., "PaDiM: a Patch Distribution Modeling Framework for
 * Anomaly Detection and Localization", ICPR Workshops 2021.
 *
 * @param cells what training films are like in each cell, row by row
 */
record FeatureDistance(List<Gaussian> cells) {
  private static final int SIDE = 3;

  FeatureDistance {
    cells = List.copyOf(cells);
  }

  /**
   * Learns what the network's training films look like to it.
   *
   * @param films each makes a prepared film, {@code [size * size]}; two or more
   */
  static FeatureDistance of(MaNet net, List<Supplier<float[]>> films) {
    if (films.size() < 2) {
      throw new IllegalArgumentException(
          "what is strange cannot be learnt from " + films.size() + " training films");
    }
    List<List<double[]>> features = films.stream().map(film -> features(net, film.get())).toList();
    return new FeatureDistance(
        IntStream.range(0, SIDE * SIDE)
            .mapToObj(cell -> Gaussian.of(features.stream().map(each -> each.get(cell)).toList()))
            .toList());
  }

  /** The distance of a film, as the exported graph computes it. */
  double of(MaNet net, float[] film) {
    List<double[]> features = features(net, film);
    double sum = 0;
    for (int cell = 0; cell < cells.size(); cell++) {
      sum += cells.get(cell).squaredDistance(features.get(cell));
    }
    return Math.sqrt(sum / cells.size());
  }

  /**
   * Adds the output {@code strangeness} {@code [N,1]}: the cells' means side by side as channels of
   * one pixel, each cell whitened as a group of a convolution.
   *
   * @param finest the first stage's features {@code [N,C,side,side]}
   */
  void writeTo(OnnxGraph graph, String finest, int side) {
    int channels = cells.get(0).mean().length;
    int rows = cells.size() * channels;
    float[] whitening = new float[rows * channels];
    float[] shift = new float[rows];
    for (int cell = 0; cell < cells.size(); cell++) {
      copy(cells.get(cell).whitening(), 1, whitening, cell * channels * channels);
      copy(cells.get(cell).whitenedMean(), -1, shift, cell * channels);
    }
    String means =
        graph.node(
            "AveragePool",
            List.of(finest),
            attribute("kernel_shape", List.of(window(side), window(side))),
            attribute("strides", List.of(stride(side), stride(side))));
    String byCell = graph.node("Transpose", List.of(means), attribute("perm", List.of(0, 2, 3, 1)));
    String pixel =
        graph.node("Reshape", List.of(byCell, graph.longs("strangeness.features", 0, rows, 1, 1)));
    String whitened =
        graph.node(
            "Conv",
            List.of(
                pixel,
                graph.floats("strangeness.whitening", whitening, rows, channels, 1, 1),
                graph.floats("strangeness.shift", shift, rows)),
            attribute("kernel_shape", List.of(1, 1)),
            attribute("group", cells.size()));
    String squares = graph.node("Mul", List.of(whitened, whitened));
    String mean =
        graph.node(
            "ReduceMean",
            List.of(squares),
            attribute("axes", List.of(1, 2)),
            attribute("keepdims", 0));
    graph.named("strangeness", "Sqrt", List.of(mean));
    graph.output("strangeness", 1);
  }

  private static void copy(double[] from, int sign, float[] to, int at) {
    for (int i = 0; i < from.length; i++) {
      to[at + i] = (float) (sign * from[i]);
    }
  }

  private static int stride(int side) {
    return side / SIDE;
  }

  /** Side of a cell: the last one ends where the grid does. */
  private static int window(int side) {
    return side - (SIDE - 1) * stride(side);
  }

  /** The means over each cell of each channel of the first stage: {@code [C]} by cell. */
  private static List<double[]> features(MaNet net, float[] film) {
    int size = (int) Math.round(Math.sqrt(film.length));
    try (NDManager scope = net.newScope()) {
      NDArray finest = net.evaluate(scope.create(film, new Shape(1, 1, size, size))).finest();
      int side = (int) finest.getShape().get(2);
      NDArray means =
          finest
              .getNDArrayInternal()
              .avgPool(
                  new Shape(window(side), window(side)),
                  new Shape(stride(side), stride(side)),
                  new Shape(0, 0),
                  false,
                  false);
      float[] values = means.toFloatArray();
      int channels = values.length / (SIDE * SIDE);
      List<double[]> cells = new ArrayList<>();
      for (int cell = 0; cell < SIDE * SIDE; cell++) {
        double[] features = new double[channels];
        for (int channel = 0; channel < channels; channel++) {
          features[channel] = values[channel * SIDE * SIDE + cell];
        }
        cells.add(features);
      }
      return cells;
    }
  }
}
