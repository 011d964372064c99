package org.magsd.trainer.export;

import java.util.List;

/**
 * A normal distribution with full covariance, learnt from samples. The covariance is shrunk towards
 * a multiple of the identity, so that few samples will do.
 *
 * @param mean {@code [C]}
 * @param whitening {@code [C,C]}, row-major: the inverse of the covariance's Cholesky factor, which
 *     makes of a sample less the mean one whose values vary by one and independently
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one
record Gaussian(double[] mean, double[] whitening) {
  private static final double SHRINKAGE = 0.03;

  /** Keeps values that never vary from being divided by zero. */
  private static final double LEAST_VARIANCE = 1e-12;

  /**
   * @param samples each {@code [C]}
   */
  static Gaussian of(List<double[]> samples) {
    double[] mean = mean(samples);
    return new Gaussian(mean, inverse(factor(covariance(samples, mean), mean.length)));
  }

  /** The square of a sample's Mahalanobis distance, as mean over its values; about 1. */
  double squaredDistance(double[] sample) {
    int size = mean.length;
    double sum = 0;
    for (int row = 0; row < size; row++) {
      double value = 0;
      for (int column = 0; column <= row; column++) {
        value += whitening[row * size + column] * (sample[column] - mean[column]);
      }
      sum += value * value;
    }
    return sum / size;
  }

  /** What the whitening makes of the mean, {@code [C]}. */
  double[] whitenedMean() {
    int size = mean.length;
    double[] whitened = new double[size];
    for (int row = 0; row < size; row++) {
      for (int column = 0; column <= row; column++) {
        whitened[row] += whitening[row * size + column] * mean[column];
      }
    }
    return whitened;
  }

  private static double[] mean(List<double[]> samples) {
    double[] mean = new double[samples.get(0).length];
    for (double[] each : samples) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += each[i] / samples.size();
      }
    }
    return mean;
  }

  /** The covariance {@code [C,C]}, shrunk. */
  private static double[] covariance(List<double[]> samples, double[] mean) {
    int size = mean.length;
    double[] covariance = new double[size * size];
    for (double[] each : samples) {
      for (int row = 0; row < size; row++) {
        double factor = (each[row] - mean[row]) / samples.size();
        for (int column = 0; column <= row; column++) {
          covariance[row * size + column] += factor * (each[column] - mean[column]);
        }
      }
    }
    double trace = 0;
    for (int i = 0; i < size; i++) {
      trace += covariance[i * size + i];
    }
    double floor = Math.max(LEAST_VARIANCE, SHRINKAGE * trace / size);
    for (int row = 0; row < size; row++) {
      for (int column = 0; column <= row; column++) {
        covariance[row * size + column] *= 1 - SHRINKAGE;
      }
      covariance[row * size + row] += floor;
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
