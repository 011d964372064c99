package org.magsd.inference.model;

import java.util.Arrays;
import java.util.Optional;
import org.magsd.ingest.image.GrayImage;

/**
 * Turns away frames that cannot be a chest film whatever their header says: too small, too long,
 * blank, saturated, drawn rather than exposed. Pure; the phrases hold no patient data.
 *
 * @param minSide least shorter side, pixels, 16..1024
 * @param maxAspect greatest ratio of the longer to the shorter side, 1..10
 * @param minContrast least difference of the 2nd and the 98th percentile of grey, 0..254
 * @param maxSaturated greatest share of pixels that are black or white outright, 0..1
 * @param maxFlat greatest share of pixels within the 16 commonest grey levels, 0..1: drawings and
 *     test patterns use few levels, exposures many
 */
public record FilmGate(
    int minSide, double maxAspect, int minContrast, double maxSaturated, double maxFlat) {
  /** Turns away no film of the project's data. */
  public static final FilmGate DEFAULT = new FilmGate(100, 2.5, 24, 0.8, 0.9);

  private static final int COMMONEST = 16;
  private static final int NEAR = 2;
  private static final int SAMPLE = 1 << 15;

  public FilmGate {
    CardRules.require(minSide >= 16 && minSide <= 1024, "gate.minSide", minSide, "16..1024");
    CardRules.require(maxAspect >= 1 && maxAspect <= 10, "gate.maxAspect", maxAspect, "1..10");
    CardRules.require(
        minContrast >= 0 && minContrast <= 254, "gate.minContrast", minContrast, "0..254");
    CardRules.require(
        maxSaturated >= 0 && maxSaturated <= 1, "gate.maxSaturated", maxSaturated, "0..1");
    CardRules.require(maxFlat >= 0 && maxFlat <= 1, "gate.maxFlat", maxFlat, "0..1");
  }

  /** Why the frame is no film to assess; empty if it may be one. */
  public Optional<String> objection(GrayImage film) {
    int shorter = Math.min(film.width(), film.height());
    int longer = Math.max(film.width(), film.height());
    if (shorter < minSide) {
      return Optional.of(
          "the image is too small: " + film.width() + "x" + film.height() + " pixels");
    }
    if (longer > maxAspect * shorter) {
      return Optional.of(
          "the image is too narrow for a chest film: "
              + film.width()
              + "x"
              + film.height()
              + " pixels");
    }
    int[] counts = histogram(film);
    return objectionToGreys(counts, Arrays.stream(counts).sum());
  }

  private Optional<String> objectionToGreys(int[] counts, int pixels) {
    if (percentile(counts, pixels, 0.98) - percentile(counts, pixels, 0.02) < minContrast) {
      return Optional.of("the image is blank");
    }
    int extreme = 0;
    for (int near = 0; near <= NEAR; near++) {
      extreme += counts[near] + counts[255 - near];
    }
    if (extreme > maxSaturated * pixels) {
      return Optional.of("the image is saturated");
    }
    int[] sorted = counts.clone();
    Arrays.sort(sorted);
    int flat = Arrays.stream(sorted, sorted.length - COMMONEST, sorted.length).sum();
    if (flat > maxFlat * pixels) {
      return Optional.of("the image has too few grey levels for a film");
    }
    return Optional.empty();
  }

  /** Of enough pixels from all over the film; the step is odd, so as not to follow columns. */
  private static int[] histogram(GrayImage film) {
    byte[] pixels = film.pixels();
    int step = pixels.length / SAMPLE | 1;
    int[] counts = new int[256];
    for (int at = 0; at < pixels.length; at += step) {
      counts[pixels[at] & 0xff]++;
    }
    return counts;
  }

  private static int percentile(int[] counts, int pixels, double share) {
    long below = 0;
    for (int grey = 0; grey < counts.length; grey++) {
      below += counts[grey];
      if (below >= share * pixels) {
        return grey;
      }
    }
    return counts.length - 1;
  }
}
