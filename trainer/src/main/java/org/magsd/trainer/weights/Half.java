package org.magsd.trainer.weights;

/** IEEE 754 binary16, which Java 17 does not know yet. */
public final class Half {
  private static final int INFINITY = 0x7c00;
  private static final float SMALLEST = 0x1p-24f;

  private Half() {}

  /** The float that a half's bits stand for; exact. */
  public static float toFloat(short half) {
    int exponent = (half >> 10) & 0x1f;
    int mantissa = half & 0x3ff;
    float magnitude;
    if (exponent == 0) {
      magnitude = mantissa * SMALLEST;
    } else if (exponent == 0x1f) {
      magnitude = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else {
      magnitude = Float.intBitsToFloat((exponent + 112) << 23 | mantissa << 13);
    }
    return half < 0 ? -magnitude : magnitude;
  }

  /** The nearest half, ties to even; infinite beyond 65519. */
  public static short fromFloat(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
    if (Float.isNaN(value)) {
      return (short) (sign | INFINITY | 0x200);
    }
    float magnitude = Math.abs(value);
    if (magnitude >= 65520) {
      return (short) (sign | INFINITY);
    }
    if (magnitude < 0x1p-14f) {
      return (short) (sign | (int) Math.rint(magnitude / SMALLEST));
    }
    int bits = Float.floatToRawIntBits(magnitude);
    int rounded = bits + 0xfff + (bits >>> 13 & 1);
    return (short) (sign | (rounded >>> 13) - (112 << 10));
  }
}
