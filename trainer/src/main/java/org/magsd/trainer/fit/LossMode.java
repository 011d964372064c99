package org.magsd.trainer.fit;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.magsd.trainer.loss.CrossEntropy;
import org.magsd.trainer.loss.ShotLoss;
import org.magsd.trainer.loss.SoftDistanceLoss;

/** What is minimised. */
public enum LossMode {
  /** Cross-entropy of the image alone: one pass per image. */
  @JsonProperty("plain")
  PLAIN,
  /** Cross-entropy of the image and its three attention-guided copies: four passes per image. */
  @JsonProperty("copies")
  COPIES,
  /** The paper's: cross-entropy of the image, soft distance of its three copies. */
  @JsonProperty("soft-distance")
  SOFT_DISTANCE;

  /** Whether attention-guided copies pass through the network as well. */
  boolean multiShot() {
    return this != PLAIN;
  }

  ShotLoss loss() {
    return this == SOFT_DISTANCE ? new SoftDistanceLoss() : new CrossEntropy();
  }
}
