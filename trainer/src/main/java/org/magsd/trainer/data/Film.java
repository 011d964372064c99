package org.magsd.trainer.data;

import org.magsd.ingest.image.GrayImage;

/**
 * A film in memory.
 *
 * @param sample row, class and group
 * @param square what the preprocessing sees of the film, before contrast equalisation
 * @param sha256 digest of the image file, lower-case hex
 */
public record Film(Sample sample, GrayImage square, String sha256) {}
