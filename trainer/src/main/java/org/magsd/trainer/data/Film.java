package org.magsd.trainer.data;

import org.magsd.inference.model.Preprocessing;
import org.magsd.ingest.image.GrayImage;

/**
 * A film in memory.
 *
 * @param sample row, class and group
 * @param seen what the preprocessing sees of the film at the network's size, before contrast
 *     equalisation
 * @param wide the same with some pixels to spare, to be varied
 * @param glance what a glance at the whole film shows
 * @param sha256 digest of the image file, lower-case hex
 */
public record Film(Sample sample, GrayImage seen, GrayImage wide, Glance glance, String sha256) {
  /** What serving would feed the network, {@code [size * size]}. */
  public float[] prepared(Preprocessing preprocessing) {
    return preprocessing.standardised(preprocessing.equalised(seen));
  }

  /** The same film in another group. */
  public Film as(Sample other) {
    return new Film(other, seen, wide, glance, sha256);
  }
}
