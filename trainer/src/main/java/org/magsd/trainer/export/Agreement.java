package org.magsd.trainer.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import org.magsd.inference.model.ArgMax;
import org.magsd.inference.model.Network;
import org.magsd.inference.model.Outputs;
import org.magsd.trainer.net.MaNet;

/**
 * How far an exported model is from a network of the training engine on the same films.
 *
 * @param films how many were compared
 * @param logits greatest difference of any logit, as a share of the film's greatest one where that
 *     is above one: float32 has seven digits, and a sure network's logits reach 30
 * @param attention greatest difference of any value of the mean attention map, absolute up to one
 *     and relative above
 * @param strangeness greatest difference of the distance from the training films; zero where the
 *     model does not say
 * @param changedLabels films whose greatest logit is that of another class
 */
public record Agreement(
    int films, double logits, double attention, double strangeness, int changedLabels) {

  /**
   * Compares.
   *
   * @param films each {@code [size * size]}
   * @param distance what the exported model's strangeness is
   */
  static Agreement of(
      MaNet net, Network exported, List<float[]> films, Optional<FeatureDistance> distance) {
    double logits = 0;
    double attention = 0;
    double strangeness = 0;
    int changed = 0;
    int size = exported.card().inputSize();
    for (float[] film : films) {
      Outputs outputs = exported.run(List.of(film)).get(0);
      if (distance.isPresent()) {
        float[] far = {(float) distance.get().of(net, film)};
        float[] said = {(float) outputs.strangeness().orElse(Double.NaN)};
        strangeness = Math.max(strangeness, difference(far, said, i -> far[i]));
      }
      try (NDManager scope = net.newScope()) {
        org.magsd.trainer.net.Outputs<NDArray> expected =
            net.evaluate(scope.create(film, new Shape(1, 1, size, size)));
        float[] scores = expected.logits().toFloatArray();
        float[] map = expected.attention().mean(new int[] {1}).toFloatArray();
        logits = Math.max(logits, difference(scores, outputs.logits(), i -> largest(scores)));
        attention = Math.max(attention, difference(map, outputs.attention(), i -> map[i]));
        changed += ArgMax.of(scores) == ArgMax.of(outputs.logits()) ? 0 : 1;
      }
    }
    return new Agreement(films.size(), logits, attention, strangeness, changed);
  }

  /** The greatest difference of all. */
  public double greatest() {
    return Math.max(Math.max(logits, attention), strangeness);
  }

  /**
   * @param size of what a value is compared with, absolute differences being taken below one
   */
  private static double difference(float[] expected, float[] actual, IntToDoubleFunction size) {
    if (expected.length != actual.length) {
      return Double.POSITIVE_INFINITY;
    }
    double greatest = 0;
    for (int i = 0; i < expected.length; i++) {
      double scale = Math.max(1, Math.abs(size.applyAsDouble(i)));
      double difference = Math.abs((double) expected[i] - actual[i]) / scale;
      // NaN agrees with nothing.
      greatest =
          Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(greatest, difference);
    }
    return greatest;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** For the model card. */
  Map<String, Object> described() {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("films", films);
    described.put("logits", logits);
    described.put("attention", attention);
    described.put("strangeness", strangeness);
    described.put("changedLabels", changedLabels);
    return described;
  }
}
