package org.magsd.inference.model;

/**
 * What the network says about one film. The arrays are handed over; nobody writes to them.
 *
 * @param logits {@code [K]}
 * @param attention the mean attention map, row-major {@code [height * width]}
 * @param attentionWidth columns of the map
 * @param attentionHeight rows of the map
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one; a copy per film buys nothing
public record Outputs(float[] logits, float[] attention, int attentionWidth, int attentionHeight) {

  /** Whether every number is one. */
  boolean isFinite() {
    return isFinite(logits) && isFinite(attention);
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
