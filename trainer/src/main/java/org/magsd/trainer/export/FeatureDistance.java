package org.magsd.trainer.export;

import static org.magsd.trainer.export.OnnxGraph.attribute;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.magsd.trainer.net.MaNet;

/**
 * How far a film is from the training films in the network's own view: the Mahalanobis distance of
 * the channel means {@code [C]} of its second stage, with mean and covariance of the training
 * films, as root mean square per channel; about 1 for a film like them (Lee et al., NeurIPS 2018).
 *
 * <p>Early features, because later ones keep little of what tells a film from noise, a test pattern
 * or a slice. The covariance is shrunk towards a multiple of the identity, so that few films will
 * do.
 *
 * @param mean {@code [C]}
 * @param whitening {@code [C,C]}, row-major: the inverse of the covariance's Cholesky factor
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one
record FeatureDistance(double[] mean, double[] whitening) {
  private static final double SHRINKAGE = 0.03;

  /** Keeps features that never vary from being divided by zero. */
  private static final double LEAST_VARIANCE = 1e-12;

  /**
   * Learns what the network's training films look like to it.
   *
   * @param films prepared, each {@code [size * size]}; two or more
   */
  static FeatureDistance of(MaNet net, List<float[]> films) {
    if (films.size() < 2) {
      throw new IllegalArgumentException(
          "what is strange cannot be learnt from " + films.size() + " training films");
    }
    List<double[]> features = new ArrayList<>(films.size());
    for (float[] film : films) {
      features.add(features(net, film));
    }
    double[] mean = mean(features);
    return new FeatureDistance(mean, inverse(factor(covariance(features, mean), mean.length)));
  }

  /** The distance of a film, as the exported graph computes it. */
  double of(MaNet net, float[] film) {
    double[] features = features(net, film);
    int channels = mean.length;
    double sum = 0;
    for (int row = 0; row < channels; row++) {
      double value = 0;
      for (int column = 0; column <= row; column++) {
        value += whitening[row * channels + column] * (features[column] - mean[column]);
      }
      sum += value * value;
    }
    return Math.sqrt(sum / channels);
  }

  /**
   * Adds the output {@code strangeness} {@code [N,1]}.
   *
   * @param fine the second stage's features {@code [N,C,h,w]}
   */
  void writeTo(OnnxGraph graph, String fine) {
    int channels = mean.length;
    float[] matrix = new float[whitening.length];
    float[] shift = new float[channels];
    for (int row = 0; row < channels; row++) {
      double sum = 0;
      for (int column = 0; column < channels; column++) {
        double weight = whitening[row * channels + column];
        matrix[row * channels + column] = (float) weight;
        sum += weight * mean[column];
      }
      shift[row] = (float) -sum;
    }
    String means =
        graph.node(
            "ReduceMean",
            List.of(fine),
            attribute("axes", List.of(2, 3)),
            attribute("keepdims", 0));
    String whitened =
        graph.node(
            "Gemm",
            List.of(
                means,
                graph.floats("strangeness.whitening", matrix, channels, channels),
                graph.floats("strangeness.shift", shift, channels)),
            attribute("transB", 1));
    String squares = graph.node("Mul", List.of(whitened, whitened));
    String mean = graph.node("ReduceMean", List.of(squares), attribute("axes", List.of(1)));
    graph.named("strangeness", "Sqrt", List.of(mean));
    graph.output("strangeness", 1);
  }

  /** Means over the cells of each channel of the second stage. */
  private static double[] features(MaNet net, float[] film) {
    int size = (int) Math.round(Math.sqrt(film.length));
    try (NDManager scope = net.newScope()) {
      NDArray fine = net.evaluate(scope.create(film, new Shape(1, 1, size, size))).fine();
      float[] values = fine.toFloatArray();
      double[] means = new double[(int) fine.getShape().get(1)];
      int cells = values.length / means.length;
      for (int i = 0; i < values.length; i++) {
        means[i / cells] += values[i] / (double) cells;
      }
      return means;
    }
  }

  private static double[] mean(List<double[]> features) {
    double[] mean = new double[features.get(0).length];
    for (double[] each : features) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += each[i] / features.size();
      }
    }
    return mean;
  }

  /** The covariance {@code [C,C]}, shrunk. */
  private static double[] covariance(List<double[]> features, double[] mean) {
    int channels = mean.length;
    double[] covariance = new double[channels * channels];
    for (double[] each : features) {
      for (int row = 0; row < channels; row++) {
        double factor = (each[row] - mean[row]) / features.size();
        for (int column = 0; column <= row; column++) {
          covariance[row * channels + column] += factor * (each[column] - mean[column]);
        }
      }
    }
    double trace = 0;
    for (int i = 0; i < channels; i++) {
      trace += covariance[i * channels + i];
    }
    double floor = Math.max(LEAST_VARIANCE, SHRINKAGE * trace / channels);
    for (int row = 0; row < channels; row++) {
      for (int column = 0; column <= row; column++) {
        covariance[row * channels + column] *= 1 - SHRINKAGE;
      }
      covariance[row * channels + row] += floor;
    }
    return covariance;
  }

  /** The lower Cholesky factor of a matrix of which the lower half is given. */
  private static double[] factor(double[] matrix, int size) {
    double[] factor = new double[matrix.length];
    for (int row = 0; row < size; row++) {
      for (int column = 0; column <= row; column++) {
        double sum = matrix[row * size + column];
        for (int k = 0; k < column; k++) {
          sum -= factor[row * size + k] * factor[column * size + k];
        }
        factor[row * size + column] =
            row == column ? Math.sqrt(sum) : sum / factor[column * size + column];
      }
    }
    return factor;
  }

  /** The inverse of a lower triangular matrix. */
  private static double[] inverse(double[] lower) {
    int size = (int) Math.round(Math.sqrt(lower.length));
    double[] inverse = new double[lower.length];
    for (int column = 0; column < size; column++) {
      for (int row = column; row < size; row++) {
        double sum = row == column ? 1 : 0;
        for (int k = column; k < row; k++) {
          sum -= lower[row * size + k] * inverse[k * size + column];
        }
        inverse[row * size + column] = sum / lower[row * size + row];
      }
    }
    return inverse;
  }
}
