package org.magsd.trainer.weights;

import java.util.Arrays;

/**
 * A float32 tensor on the heap, row-major.
 *
 * <p>The values are shared, not copied: whoever hands an array over gives it away.
 */
public final class Tensor {
  private final long[] shape;
  private final float[] values;

  /**
   * @throws IllegalArgumentException if the shape does not hold exactly these values
   */
  public Tensor(float[] values, long... shape) {
    if (size(shape) != values.length) {
      throw new IllegalArgumentException(
          "shape " + Arrays.toString(shape) + " does not hold " + values.length + " values");
    }
    this.shape = shape.clone();
    this.values = values;
  }

  /** Number of values in a tensor of this shape. */
  static int size(long... shape) {
    long size = 1;
    for (long dimension : shape) {
      size = Math.multiplyExact(size, dimension);
    }
    return Math.toIntExact(size);
  }

  public long[] shape() {
    return shape.clone();
  }

  /** The values, row-major, not copied. */
  public float[] values() {
    return values;
  }

  /** Whether no value is infinite or not a number. */
  public boolean finite() {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return "Tensor" + Arrays.toString(shape);
  }
}
