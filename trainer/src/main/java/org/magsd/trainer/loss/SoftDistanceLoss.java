package org.magsd.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.magsd.inference.model.ArgMax;

/**
 * The soft-distance (SD) loss: cross-entropy on the image as it is, and for every augmented copy
 * the mean absolute difference, over batch and classes, between a target distribution q and the
 * copy's softmax.
 *
 * <p>q is the softmax on the unchanged image, without gradient. Where its arg-max is wrong or its
 * maximum below {@value #CONFIDENCE}, q is the smoothed label instead: {@value #SMOOTHING} for
 * every class, {@code 1 - K * 0.01} for the true one (the authors' values; they do not quite add up
 * to one).
 *
 * <p>Source: Li et al. 2021, section III.D, and the authors' implementation.
 */
public final class SoftDistanceLoss implements ShotLoss {
  /** Below this maximum, a prediction is not trusted as a target. */
  public static final float CONFIDENCE = 0.7f;

  /** What a smoothed label gives to a class that is not the true one. */
  public static final float SMOOTHING = 0.01f;

  private final CrossEntropy crossEntropy;

  public SoftDistanceLoss() {
    this(new CrossEntropy());
  }

  /**
   * @param crossEntropy the loss on the unchanged images, perhaps with class weights
   */
  public SoftDistanceLoss(CrossEntropy crossEntropy) {
    this.crossEntropy = crossEntropy;
  }

  @Override
  public Batch begin(NDArray logits, int[] targets) {
    NDArray raw = crossEntropy.of(logits, targets);
    NDArray target = targetDistribution(logits, targets);
    return new Batch() {
      @Override
      public NDArray raw() {
        return raw;
      }

      @Override
      public NDArray augmented(NDArray augmentedLogits) {
        return target.sub(augmentedLogits.softmax(1)).abs().mean();
      }
    };
  }

  private static NDArray targetDistribution(NDArray logits, int[] targets) {
    int classes = Math.toIntExact(logits.getShape().get(1));
    float[] q;
    try (NDArray detached = logits.stopGradient();
        NDArray softmax = detached.softmax(1)) {
      q = softmax.toFloatArray();
    }
    for (int i = 0; i < targets.length; i++) {
      smoothUnlessTrusted(q, i * classes, classes, targets[i]);
    }
    return logits.getManager().create(q, new Shape(targets.length, classes));
  }

  private static void smoothUnlessTrusted(float[] q, int from, int classes, int target) {
    int best = ArgMax.of(q, from, classes);
    if (best == target && q[from + best] >= CONFIDENCE) {
      return;
    }
    for (int k = 0; k < classes; k++) {
      q[from + k] = SMOOTHING;
    }
    q[from + target] = 1 - classes * SMOOTHING;
  }
}
