package org.magsd.trainer.fit;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;
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

  /** As in a configuration. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How often a film passes through the network in an epoch: itself and its copies. */
  public int passes() {
    return multiShot() ? 4 : 1;
  }

  /**
   * @param classWeights of the cross-entropy, none for equal ones
   */
  ShotLoss loss(float... classWeights) {
    CrossEntropy crossEntropy = new CrossEntropy(classWeights);
    return this == SOFT_DISTANCE ? new SoftDistanceLoss(crossEntropy) : crossEntropy;
  }
}
