package org.magsd.trainer.data;

import org.magsd.ingest.image.GrayImage;

/**
 * A film in memory.
 *
 * @param sample row, class and group
 * @param seen what the preprocessing sees of the film at the network's size, before contrast
 *     equalisation
 * @param wide the same with some pixels to spare, to be varied
 * @param sha256 digest of the image file, lower-case hex
 */
public record Film(Sample sample, GrayImage seen, GrayImage wide, String sha256) {
  /** The same film in another group. */
  public Film as(Sample other) {
    return new Film(other, seen, wide, sha256);
  }
}
