package org.magsd.inference.model;

import org.magsd.ingest.image.GrayImage;

/**
 * Cuts off uniform borders: rows and columns at the film's edges that are black or white almost
 * throughout, as collimators and scanners leave them. Such borders say which machine made a film,
 * not what the film shows.
 *
 * @param tolerance grey levels from 0 or 255 that still count as black or white, 0..127
 * @param coverage share of a row's or column's pixels that must be black, or must be white, for it
 *     to count as border, above 0.5 up to 1; below 1 it forgives markers and specks
 * @param limit the most that is cut from each side, as share of the film's side, 0..0.45
 */
public record BorderTrim(int tolerance, double coverage, double limit) {
  /** Forgives compression noise and small markers; never cuts more than a third from a side. */
  public static final BorderTrim DEFAULT = new BorderTrim(12, 0.98, 0.33);

  public BorderTrim {
    Preprocessing.require(
        tolerance >= 0 && tolerance <= 127, "trim.tolerance", tolerance, "must be 0..127");
    Preprocessing.require(
        coverage > 0.5 && coverage <= 1, "trim.coverage", coverage, "must be above 0.5 up to 1");
    Preprocessing.require(limit >= 0 && limit <= 0.45, "trim.limit", limit, "must be 0..0.45");
  }

  /** The part of the film inside its borders. */
  Region inside(GrayImage film) {
    int mostRows = (int) (film.height() * limit);
    int mostColumns = (int) (film.width() * limit);
    int top = 0;
    int left = 0;
    int bottom = film.height();
    int right = film.width();
    // A border that crosses another is seen only once the other is gone: until nothing changes.
    for (Region before = null, now = new Region(0, 0, right, bottom); !now.equals(before); ) {
      while (top < mostRows && isRowBorder(film, top, left, right)) {
        top++;
      }
      while (film.height() - bottom < mostRows && isRowBorder(film, bottom - 1, left, right)) {
        bottom--;
      }
      while (left < mostColumns && isColumnBorder(film, left, top, bottom)) {
        left++;
      }
      while (film.width() - right < mostColumns && isColumnBorder(film, right - 1, top, bottom)) {
        right--;
      }
      before = now;
      now = new Region(left, top, right - left, bottom - top);
    }
    return new Region(left, top, right - left, bottom - top);
  }

  private boolean isRowBorder(GrayImage film, int row, int left, int right) {
    return isBorder(film, row * film.width() + left, 1, right - left);
  }

  private boolean isColumnBorder(GrayImage film, int column, int top, int bottom) {
    return isBorder(film, top * film.width() + column, film.width(), bottom - top);
  }

  private boolean isBorder(GrayImage film, int first, int step, int count) {
    byte[] pixels = film.pixels();
    int black = 0;
    int white = 0;
    for (int i = 0, at = first; i < count; i++, at += step) {
      int grey = pixels[at] & 0xff;
      if (grey <= tolerance) {
        black++;
      } else if (grey >= 255 - tolerance) {
        white++;
      }
    }
    return Math.max(black, white) >= coverage * count;
  }
}
