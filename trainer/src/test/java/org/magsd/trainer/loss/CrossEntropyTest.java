package org.magsd.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.junit.jupiter.api.Test;
import org.magsd.trainer.net.GradientMode;

class CrossEntropyTest {
  private static final float[] LOGITS = {1, -0.5f, 0.25f, 0, 2, -1, 0.5f, 0.5f, 0.5f};
  private static final int[] TARGETS = {0, 2, 2};
  private static final float[] WEIGHTS = {0.5f, 1, 4};

  @Test
  void hasTheLossAndGradientOfTheWeightedMean() {
    try (NDManager scope = Engine.getEngine("PyTorch").newBaseManager()) {
      NDArray logits = scope.create(LOGITS, new Shape(3, 3));
      logits.setRequiresGradient(true);

      NDArray loss = GradientMode.recording(() -> new CrossEntropy(WEIGHTS).of(logits, TARGETS));
      try (NDArray one = loss.onesLike()) {
        JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
      }

      double total = WEIGHTS[0] + 2 * WEIGHTS[2];
      double expected = 0;
      float[] gradient = logits.getGradient().toFloatArray();
      for (int i = 0; i < 3; i++) {
        double weight = WEIGHTS[TARGETS[i]] / total;
        double sum = 0;
        for (int k = 0; k < 3; k++) {
          sum += Math.exp(LOGITS[3 * i + k]);
        }
        expected -= weight * Math.log(Math.exp(LOGITS[3 * i + TARGETS[i]]) / sum);
        for (int k = 0; k < 3; k++) {
          double own = Math.exp(LOGITS[3 * i + k]) / sum - (TARGETS[i] == k ? 1 : 0);
          assertThat((double) gradient[3 * i + k]).isCloseTo(weight * own, within(1e-6));
        }
      }
      assertThat((double) loss.getFloat()).isCloseTo(expected, within(1e-6));
    }
  }

  @Test
  void refusesWeightsThatDoNotFitTheClasses() {
    try (NDManager scope = Engine.getEngine("PyTorch").newBaseManager()) {
      NDArray logits = scope.create(LOGITS, new Shape(3, 3));

      assertThatThrownBy(() -> new CrossEntropy(1, 2).of(logits, TARGETS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2 class weights for 3 classes");
      assertThatThrownBy(() -> new CrossEntropy(1, 0, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("positive");
    }
  }
}
