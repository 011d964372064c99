package org.magsd.trainer.fit;

import java.util.LinkedHashMap;
import java.util.Map;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * An exponential running average of weights and running statistics: steadier than the weights of
 * any single step, and better on films not trained on.
 *
 * <p>Source: A. Tarvainen and H. Valpola, "Mean teachers are better role models", NeurIPS 2017. The
 * decay grows with the number of updates, so that the first weights are soon forgotten.
 */
final class WeightAverage {
  private final double decay;
  private TensorMap average;
  private long updates;

  WeightAverage(TensorMap begin, double decay, long updates) {
    this.average = begin;
    this.decay = decay;
    this.updates = updates;
  }

  /**
   * Moves the average towards the weights.
   *
   * @param steps of training since the last time
   */
  void update(TensorMap weights, int steps) {
    updates++;
    float keep = (float) Math.min(Math.pow(decay, steps), updates / (updates + 10.0));
    Map<String, Tensor> moved = new LinkedHashMap<>();
    average
        .asMap()
        .forEach(
            (name, tensor) -> {
              float[] old = tensor.values();
              float[] now = weights.get(name).values();
              for (int i = 0; i < old.length; i++) {
                now[i] = keep * old[i] + (1 - keep) * now[i];
              }
              moved.put(name, new Tensor(now, tensor.shape()));
            });
    average = new TensorMap(moved);
  }

  TensorMap value() {
    return average;
  }

  long updates() {
    return updates;
  }
}
