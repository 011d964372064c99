package org.magsd.trainer.fit;

import java.util.LinkedHashMap;
import java.util.Map;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * Where each run of a stage begins, and the mean of the weights that those done left: runs from the
 * same weights end in the same basin, and its middle does better on films of other sources than any
 * of its edges.
 *
 * <p>Source: M. Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models
 * improves accuracy without increasing inference time", ICML 2022; the uniform one.
 *
 * @param begin weights and running statistics
 * @param mean the same; means nothing before a run is done
 */
record MeanOfRuns(TensorMap begin, TensorMap mean) {
  /** Before the first run. */
  static MeanOfRuns from(TensorMap begin) {
    return new MeanOfRuns(begin, begin);
  }

  /**
   * After another run.
   *
   * @param weights it left
   * @param before runs done before it
   */
  MeanOfRuns with(TensorMap weights, int before) {
    float share = 1f / (before + 1);
    Map<String, Tensor> moved = new LinkedHashMap<>();
    mean.asMap()
        .forEach(
            (name, tensor) -> {
              float[] values = tensor.values().clone();
              float[] others = weights.get(name).values();
              for (int i = 0; i < values.length; i++) {
                values[i] += share * (others[i] - values[i]);
              }
              moved.put(name, new Tensor(values, tensor.shape()));
            });
    return new MeanOfRuns(begin, new TensorMap(moved));
  }
}
