package org.magsd.trainer.evaluate;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.magsd.inference.model.ArgMax;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.Glance;

/**
 * What is reached without seeing disease. An accuracy near these floors comes from how films were
 * made, not from what they show; none should be quoted without them.
 *
 * @param thumbnails accuracy of softmax regression on thumbnails of the whole films, 0..1
 * @param aspectAndBrightness accuracy of softmax regression on the side ratio and the mean grey
 * @param majority share of the class that is most frequent among the films learnt from
 */
public record Floors(double thumbnails, double aspectAndBrightness, double majority) {
  /** The accuracies on {@code validation} of what is fitted to {@code train}. */
  public static Floors of(List<Film> train, List<Film> validation, int classes) {
    return new Floors(
        regression(train, validation, classes, Floors::pixels),
        regression(
            train,
            validation,
            classes,
            glance -> new double[] {Math.log(glance.aspect()), glance.brightness()}),
        majority(train, validation, classes));
  }

  private static double regression(
      List<Film> train, List<Film> validation, int classes, Function<Glance, double[]> features) {
    double[][] seen = features(train, features);
    double[][] judged = features(validation, features);
    SoftmaxRegression fitted = SoftmaxRegression.fit(seen, targets(train), classes);
    int[] truth = targets(validation);
    int right = 0;
    for (int i = 0; i < judged.length; i++) {
      right += fitted.predicted(judged[i]) == truth[i] ? 1 : 0;
    }
    return (double) right / judged.length;
  }

  private static double majority(List<Film> train, List<Film> validation, int classes) {
    double[] counts = new double[classes];
    Arrays.stream(targets(train)).forEach(target -> counts[target]++);
    int frequent = ArgMax.of(counts);
    return Arrays.stream(targets(validation)).filter(target -> target == frequent).count()
        / (double) validation.size();
  }

  private static double[][] features(List<Film> films, Function<Glance, double[]> features) {
    return films.stream().map(film -> features.apply(film.glance())).toArray(double[][]::new);
  }

  private static int[] targets(List<Film> films) {
    return films.stream().mapToInt(film -> film.sample().target()).toArray();
  }

  private static double[] pixels(Glance glance) {
    double[] pixels = new double[Glance.SIDE * Glance.SIDE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = glance.thumbnail().at(i % Glance.SIDE, i / Glance.SIDE);
    }
    return pixels;
  }
}
