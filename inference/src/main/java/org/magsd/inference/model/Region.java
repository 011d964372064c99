package org.magsd.inference.model;

/**
 * A rectangle of pixels: columns {@code x .. x+width-1}, rows {@code y .. y+height-1}; never empty,
 * never left of or above the image.
 */
public record Region(int x, int y, int width, int height) {
  public Region {
    if (x < 0 || y < 0 || width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "region at " + x + "," + y + " of " + width + "x" + height + " pixels");
    }
  }

  /** The middle part of this region which keeps the given width and height. */
  Region middle(int keptWidth, int keptHeight) {
    return new Region(
        x + (width - keptWidth) / 2, y + (height - keptHeight) / 2, keptWidth, keptHeight);
  }
}
