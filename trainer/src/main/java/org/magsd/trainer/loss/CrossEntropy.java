package org.magsd.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * Cross-entropy of softmax, the mean over the batch; on augmented copies as well, where there are
 * any (the ablation without the soft distance).
 *
 * <p>With class weights the mean is weighted: {@code sum_i w[y_i] l_i / sum_i w[y_i]}.
 */
public final class CrossEntropy implements ShotLoss {
  private final float[] classWeights;

  /** Every class counts the same. */
  public CrossEntropy() {
    this(new float[0]);
  }

  /**
   * @param classWeights a positive weight per class, or none
   */
  public CrossEntropy(float... classWeights) {
    for (float weight : classWeights) {
      if (!(weight > 0 && weight < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("class weights must be positive, but one is " + weight);
      }
    }
    this.classWeights = classWeights.clone();
  }

  /** The scalar loss of logits {@code [B,K]}. */
  public NDArray of(NDArray logits, int[] targets) {
    int batch = Math.toIntExact(logits.getShape().get(0));
    int classes = Math.toIntExact(logits.getShape().get(1));
    checkTargets(batch, classes, targets);
    float[] factors = new float[batch * classes];
    double total = 0;
    for (int target : targets) {
      total += weight(target, classes);
    }
    for (int i = 0; i < batch; i++) {
      factors[i * classes + targets[i]] = (float) (-weight(targets[i], classes) / total);
    }
    NDManager manager = logits.getManager();
    return logits.logSoftmax(1).mul(manager.create(factors, new Shape(batch, classes))).sum();
  }

  private float weight(int target, int classes) {
    if (classWeights.length == 0) {
      return 1;
    }
    if (classWeights.length != classes) {
      throw new IllegalArgumentException(
          classWeights.length + " class weights for " + classes + " classes");
    }
    return classWeights[target];
  }

  private static void checkTargets(int batch, int classes, int[] targets) {
    if (targets.length != batch) {
      throw new IllegalArgumentException(targets.length + " targets for a batch of " + batch);
    }
    for (int target : targets) {
      if (target < 0 || target >= classes) {
        throw new IllegalArgumentException("target " + target + " of " + classes + " classes");
      }
    }
  }

  @Override
  public Batch begin(NDArray logits, int[] targets) {
    NDArray raw = of(logits, targets);
    return new Batch() {
      @Override
      public NDArray raw() {
        return raw;
      }

      @Override
      public NDArray augmented(NDArray augmentedLogits) {
        return of(augmentedLogits, targets);
      }
    };
  }
}
