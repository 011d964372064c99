package org.magsd.trainer.data;

/**
 * Films ready for the network.
 *
 * @param images {@code [N,1,H,W]}, row-major
 * @param targets class per film, {@code [N]}
 * @param size H and W
 */
// Handed from one thread to another, compared by nobody.
@SuppressWarnings("ArrayRecordComponent")
public record Batch(float[] images, int[] targets, int size) {
  /** Films in the batch. */
  public int films() {
    return targets.length;
  }
}
