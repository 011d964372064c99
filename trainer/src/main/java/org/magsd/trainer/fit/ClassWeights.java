package org.magsd.trainer.fit;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.stream.IntStream;

/** How much a film counts in the cross-entropy, by its class. */
public enum ClassWeights {
  /** Every film the same. */
  @JsonProperty("none")
  NONE,
  /**
   * Inversely to the number of training films of its class: {@code n / (K * n[k])} of n films and K
   * classes, scikit-learn's {@code balanced}.
   */
  @JsonProperty("balanced")
  BALANCED;

  /**
   * The weights, none for equal ones.
   *
   * @param targets class of every training film; each class has one
   */
  float[] of(IntStream targets, int classes) {
    if (this == NONE) {
      return new float[0];
    }
    int[] counts = new int[classes];
    targets.forEach(target -> counts[target]++);
    double films = IntStream.of(counts).sum();
    float[] weights = new float[classes];
    for (int k = 0; k < classes; k++) {
      weights[k] = (float) (films / (classes * (double) counts[k]));
    }
    return weights;
  }
}
