package org.magsd.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * The loss of multi-shot training: a term for the image as it is and one for each augmented copy.
 * The terms add up, so each can run its backward pass as soon as it is known, while the arrays of
 * one shot only are in memory.
 */
public interface ShotLoss {

  /**
   * Begins a batch with the logits {@code [B,K]} of the unchanged images.
   *
   * @param targets the true class of each image
   */
  Batch begin(NDArray logits, int[] targets);

  /** The terms of one batch; scalars, recorded for the backward pass. */
  interface Batch {
    /** The term of the unchanged images. */
    NDArray raw();

    /** The term of one kind of augmented copies, from their logits {@code [B,K]}. */
    NDArray augmented(NDArray logits);
  }
}
