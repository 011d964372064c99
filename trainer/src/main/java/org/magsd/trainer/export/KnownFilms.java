package org.magsd.trainer.export;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.magsd.inference.model.Network;
import org.magsd.inference.model.OutOfDistribution;

/**
 * Films by which a model tells strange ones: it learns from the training films what films look
 * like, and from the validation films how far one may be off.
 *
 * <p>The rule: the 98th percentile of the validation films' distances, and a tenth more, since a
 * hospital that is new to the model is a little strange too. The share of validation films beyond
 * is written into the card.
 *
 * <p>Each film is prepared when it is its turn and forgotten after it: thousands of them, prepared,
 * would take gigabytes.
 *
 * @param training each makes a prepared film, {@code [size * size]}; two or more
 * @param validation the same, none of them trained on, at least one
 */
public record KnownFilms(List<Supplier<float[]>> training, List<Supplier<float[]>> validation) {
  private static final double PERCENTILE = 0.98;
  private static final double MARGIN = 1.1;

  public KnownFilms {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    if (training.size() < 2 || validation.isEmpty()) {
      throw new IllegalArgumentException(
          "what is strange cannot be learnt from "
              + training.size()
              + " training and "
              + validation.size()
              + " validation films");
    }
  }

  /** The rule for the card, and how it came about. */
  record Rule(OutOfDistribution outOfDistribution, Map<String, Object> details) {}

  /** Sets the threshold by what the exported model says of the validation films. */
  Rule rule(Network exported) {
    double[] distances =
        validation.stream()
            .mapToDouble(
                film -> exported.run(List.of(film.get())).get(0).strangeness().orElseThrow())
            .sorted()
            .toArray();
    int rank = (int) Math.ceil(PERCENTILE * distances.length) - 1;
    double threshold = MARGIN * distances[Math.max(0, rank)];
    double beyond = Arrays.stream(distances).filter(each -> each > threshold).count();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put(
        "what", "root mean square Mahalanobis distance of stage 1 channel means in 3 x 3 cells");
    details.put("trainingFilms", training.size());
    details.put("validationFilms", distances.length);
    details.put("median", distances[distances.length / 2]);
    details.put("falseAlarms", beyond / distances.length);
    return new Rule(new OutOfDistribution(OutOfDistribution.Score.DISTANCE, threshold), details);
  }
}
