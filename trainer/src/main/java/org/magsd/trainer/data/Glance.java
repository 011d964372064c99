package org.magsd.trainer.data;

import java.util.Optional;
import org.magsd.inference.model.Preprocessing;
import org.magsd.inference.model.ZScore;
import org.magsd.ingest.image.GrayImage;

/**
 * What a glance at a whole film shows, borders included, in which no disease can be seen: how it
 * was made.
 *
 * @param thumbnail {@value #SIDE} pixels a side, averaged
 * @param aspect width over height
 * @param brightness mean grey level of the thumbnail, 0..255
 */
public record Glance(GrayImage thumbnail, double aspect, double brightness) {
  /** Side of a thumbnail in pixels. */
  public static final int SIDE = 24;

  private static final Preprocessing THUMBNAIL =
      new Preprocessing(
          SIDE,
          Optional.empty(),
          1,
          Preprocessing.Fit.STRETCH,
          Preprocessing.Resample.AREA,
          Optional.empty(),
          ZScore.IMAGE);

  /** At a film as it was read. */
  public static Glance at(GrayImage film) {
    GrayImage thumbnail = THUMBNAIL.resized(film);
    double sum = 0;
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        sum += thumbnail.at(x, y);
      }
    }
    return new Glance(thumbnail, (double) film.width() / film.height(), sum / (SIDE * SIDE));
  }
}
