package org.magsd.inference.model;

import java.util.OptionalDouble;

/**
 * What the network says about one film. The arrays are handed over; nobody writes to them.
 *
 * @param logits {@code [K]}
 * @param attention the mean attention map, row-major {@code [height * width]}
 * @param attentionWidth columns of the map
 * @param attentionHeight rows of the map
 * @param strangeness how far the film is from those of the training; empty where the network does
 *     not say
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one; a copy per film buys nothing
public record Outputs(
    float[] logits,
    float[] attention,
    int attentionWidth,
    int attentionHeight,
    OptionalDouble strangeness) {

  /** Of a network that does not say how strange a film is. */
  public Outputs(float[] logits, float[] attention, int attentionWidth, int attentionHeight) {
    this(logits, attention, attentionWidth, attentionHeight, OptionalDouble.empty());
  }

  /** Whether every number is one. */
  boolean isFinite() {
    return isFinite(logits) && isFinite(attention) && Double.isFinite(strangeness.orElse(0));
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
