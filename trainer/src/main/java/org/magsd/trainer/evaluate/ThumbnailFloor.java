package org.magsd.trainer.evaluate;

import java.util.List;
import java.util.Optional;
import org.magsd.inference.model.Preprocessing;
import org.magsd.inference.model.ZScore;
import org.magsd.ingest.image.GrayImage;
import org.magsd.trainer.data.Film;

/**
 * What a model that cannot see disease reaches: softmax regression on the films' 24x24 thumbnails.
 * An accuracy near this floor comes from how films were made, not from what they show; none should
 * be quoted without it.
 */
public final class ThumbnailFloor {
  private static final int SIDE = 24;
  private static final int PASSES = 300;
  private static final double RATE = 0.05;
  private static final double DECAY = 1e-3;
  private static final Preprocessing THUMBNAIL =
      new Preprocessing(
          SIDE,
          Optional.empty(),
          1,
          Preprocessing.Fit.STRETCH,
          Preprocessing.Resample.AREA,
          Optional.empty(),
          ZScore.IMAGE);

  private ThumbnailFloor() {}

  /** Accuracy on {@code validation} of the regression fitted to {@code train}, 0..1. */
  public static double accuracy(List<Film> train, List<Film> validation, int classes) {
    double[][] weights = fit(train, classes);
    long right =
        validation.stream()
            .filter(film -> best(weights, features(film.seen())) == film.sample().target())
            .count();
    return (double) right / validation.size();
  }

  /** Full-batch gradient descent on the class-balanced cross-entropy. */
  private static double[][] fit(List<Film> train, int classes) {
    double[][] features = new double[train.size()][];
    int[] counts = new int[classes];
    for (int i = 0; i < features.length; i++) {
      features[i] = features(train.get(i).seen());
      counts[train.get(i).sample().target()]++;
    }
    double[][] weights = new double[classes][SIDE * SIDE + 1];
    for (int pass = 0; pass < PASSES; pass++) {
      double[][] gradient = new double[classes][SIDE * SIDE + 1];
      for (int i = 0; i < features.length; i++) {
        int target = train.get(i).sample().target();
        double[] probabilities =
            new Scored("", "", "", target, scores(weights, features[i])).probabilities(1);
        for (int k = 0; k < classes; k++) {
          double pull =
              (probabilities[k] - (k == target ? 1 : 0)) / (classes * (double) counts[target]);
          for (int j = 0; j < features[i].length; j++) {
            gradient[k][j] += pull * features[i][j];
          }
        }
      }
      for (int k = 0; k < classes; k++) {
        for (int j = 0; j < weights[k].length; j++) {
          weights[k][j] -= RATE * (gradient[k][j] + DECAY * weights[k][j]);
        }
      }
    }
    return weights;
  }

  private static double[] features(GrayImage film) {
    float[] values = THUMBNAIL.apply(film);
    double[] features = new double[values.length + 1];
    for (int i = 0; i < values.length; i++) {
      features[i] = values[i];
    }
    features[values.length] = 1;
    return features;
  }

  private static double[] scores(double[][] weights, double[] features) {
    double[] scores = new double[weights.length];
    for (int k = 0; k < weights.length; k++) {
      for (int j = 0; j < features.length; j++) {
        scores[k] += weights[k][j] * features[j];
      }
    }
    return scores;
  }

  private static int best(double[][] weights, double[] features) {
    return new Scored("", "", "", 0, scores(weights, features)).predicted();
  }
}
