package org.magsd.trainer.augment;

/** A rectangle of pixels; {@code bottom} and {@code right} are exclusive. */
public record Box(int top, int bottom, int left, int right) {
  public int height() {
    return bottom - top;
  }

  public int width() {
    return right - left;
  }
}
