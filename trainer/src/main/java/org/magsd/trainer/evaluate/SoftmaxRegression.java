package org.magsd.trainer.evaluate;

import java.util.Arrays;
import org.magsd.inference.model.ArgMax;

/**
 * Softmax regression on standardised features: class-balanced cross-entropy with ridge, minimised
 * by accelerated gradient descent with a step that the greatest curvature allows.
 *
 * <p>Source: A. Beck and M. Teboulle, "A Fast Iterative Shrinkage-Thresholding Algorithm for Linear
 * Inverse Problems", 2009, without the shrinkage.
 */
final class SoftmaxRegression {
  private static final double RIDGE = 0.1;
  private static final int MOST_PASSES = 1000;
  private static final double STILL = 1e-4;

  private final double[] mean;
  private final double[] scale;
  private final double[][] weights;

  private SoftmaxRegression(double[] mean, double[] scale, double[][] weights) {
    this.mean = mean;
    this.scale = scale;
    this.weights = weights;
  }

  /**
   * Fits.
   *
   * @param features one row a film
   * @param targets each film's class; every class occurs
   */
  static SoftmaxRegression fit(double[][] features, int[] targets, int classes) {
    int width = features[0].length;
    double[] mean = new double[width];
    double[] scale = new double[width];
    for (int j = 0; j < width; j++) {
      double sum = 0;
      double squares = 0;
      for (double[] row : features) {
        sum += row[j];
        squares += row[j] * row[j];
      }
      mean[j] = sum / features.length;
      double variance = squares / features.length - mean[j] * mean[j];
      // What never varies tells nothing, and its rounding must not be made large.
      scale[j] = variance > 1e-12 * (1 + mean[j] * mean[j]) ? 1 / Math.sqrt(variance) : 0;
    }
    double[][] rows = new double[features.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = standardised(features[i], mean, scale);
    }
    return new SoftmaxRegression(mean, scale, descend(rows, targets, classes));
  }

  /** The most probable class. */
  int predicted(double[] features) {
    return ArgMax.of(scores(weights, standardised(features, mean, scale)));
  }

  /** Mean cross-entropy on films, natural logarithm. */
  double loss(double[][] features, int[] targets) {
    double sum = 0;
    for (int i = 0; i < features.length; i++) {
      double[] logits = scores(weights, standardised(features[i], mean, scale));
      sum -= Math.log(new Scored("", "", "", targets[i], logits).probabilities(1)[targets[i]]);
    }
    return sum / features.length;
  }

  private static double[] standardised(double[] row, double[] mean, double[] scale) {
    double[] standardised = new double[row.length + 1];
    for (int j = 0; j < row.length; j++) {
      standardised[j] = (row[j] - mean[j]) * scale[j];
    }
    standardised[row.length] = 1;
    return standardised;
  }

  private static double[][] descend(double[][] rows, int[] targets, int classes) {
    double[] shares = shares(targets, classes);
    double heaviest = 0;
    for (int target : targets) {
      heaviest = Math.max(heaviest, shares[target] * rows.length);
    }
    double rate = 1 / (heaviest * curvature(rows) / 2 + RIDGE);
    double[][] weights = new double[classes][rows[0].length];
    double[][] ahead = new double[classes][rows[0].length];
    double momentum = 1;
    double moved = Double.MAX_VALUE;
    for (int pass = 0; pass < MOST_PASSES && moved > STILL * rate; pass++) {
      double[][] gradient = gradient(ahead, rows, targets, shares);
      double next = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
      double carry = (momentum - 1) / next;
      momentum = next;
      moved = 0;
      for (int k = 0; k < classes; k++) {
        for (int j = 0; j < weights[k].length; j++) {
          double step = ahead[k][j] - rate * gradient[k][j];
          double change = step - weights[k][j];
          moved = Math.max(moved, Math.abs(change));
          weights[k][j] = step;
          ahead[k][j] = step + carry * change;
        }
      }
    }
    return weights;
  }

  /** What a film of each class counts, so that classes count the same and all films 1. */
  private static double[] shares(int[] targets, int classes) {
    double[] shares = new double[classes];
    for (int target : targets) {
      shares[target]++;
    }
    for (int k = 0; k < classes; k++) {
      shares[k] = 1 / (classes * Math.max(1, shares[k]));
    }
    return shares;
  }

  private static double[][] gradient(
      double[][] weights, double[][] rows, int[] targets, double[] shares) {
    double[][] gradient = new double[weights.length][weights[0].length];
    for (int i = 0; i < rows.length; i++) {
      double[] probabilities =
          new Scored("", "", "", targets[i], scores(weights, rows[i])).probabilities(1);
      for (int k = 0; k < weights.length; k++) {
        double pull = (probabilities[k] - (k == targets[i] ? 1 : 0)) * shares[targets[i]];
        for (int j = 0; j < rows[i].length; j++) {
          gradient[k][j] += pull * rows[i][j];
        }
      }
    }
    for (int k = 0; k < weights.length; k++) {
      // The last feature is the constant, which ridge leaves alone.
      for (int j = 0; j + 1 < weights[k].length; j++) {
        gradient[k][j] += RIDGE * weights[k][j];
      }
    }
    return gradient;
  }

  /**
   * A bound of the greatest eigenvalue of the rows' second moments, by Gershgorin's circles: the
   * greatest sum of absolute values of a line. An estimate from below would make steps too long.
   */
  private static double curvature(double[][] rows) {
    int width = rows[0].length;
    double[][] moments = new double[width][width];
    for (double[] row : rows) {
      for (int j = 0; j < width; j++) {
        for (int k = 0; k <= j; k++) {
          moments[j][k] += row[j] * row[k];
        }
      }
    }
    double[] sums = new double[width];
    for (int j = 0; j < width; j++) {
      for (int k = 0; k <= j; k++) {
        double size = Math.abs(moments[j][k]) / rows.length;
        sums[j] += size;
        sums[k] += k < j ? size : 0;
      }
    }
    return Math.max(1, Arrays.stream(sums).max().orElseThrow());
  }

  private static double[] scores(double[][] weights, double[] row) {
    double[] scores = new double[weights.length];
    for (int k = 0; k < weights.length; k++) {
      for (int j = 0; j < row.length; j++) {
        scores[k] += weights[k][j] * row[j];
      }
    }
    return scores;
  }
}
