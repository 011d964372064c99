package org.magsd.inference.model;

/**
 * Where a film's pixels lie in the network's square input: the film's {@code source} region is
 * stretched onto the {@code placed} region of a square with {@code size} pixels a side. What of the
 * film lies outside {@code source} the network does not see; what of the square lies outside {@code
 * placed} is black padding.
 *
 * @param source region of the film, in film pixels
 * @param placed region of the network's input, in its pixels
 * @param size side of the network's input
 */
public record Geometry(Region source, Region placed, int size) {
  public Geometry {
    if (placed.x() + placed.width() > size || placed.y() + placed.height() > size) {
      throw new IllegalArgumentException(placed + " does not lie in a square of " + size);
    }
  }
}
