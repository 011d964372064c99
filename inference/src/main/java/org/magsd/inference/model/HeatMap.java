package org.magsd.inference.model;

import java.util.Arrays;
import org.magsd.ingest.image.GrayImage;
import org.opencv.core.Mat;
import org.opencv.imgproc.Imgproc;

/**
 * The attention map drawn over the film it belongs to: bilinear between the map's cells, in place
 * on the original film whatever was trimmed, cropped or padded for the network, nothing where the
 * network did not look. It rises in {@value #STEPS} steps, visible as contours, from the map's
 * least value (the film unchanged) to its greatest (half the film, half red); a map without
 * differences leaves the film as it is.
 *
 * <p>The film has {@value #GREYS} grey levels on it: with few colours the picture is a PNG with a
 * palette, made in a fraction of the time and size of one with three bytes a pixel.
 */
public final class HeatMap {
  private static final int STEPS = 8;
  private static final int GREYS = 32;
  private static final double STRONGEST = 0.5;

  static {
    OpenCv.load();
  }

  private static final byte[] PALETTE = palette();

  private HeatMap() {}

  /** The overlay at the film's own size, as PNG; the same bytes for the same input. */
  public static byte[] png(GrayImage film, Prediction prediction) {
    return png(film, prediction, Integer.MAX_VALUE);
  }

  /**
   * The overlay, reduced where its longer side would exceed a limit, as PNG.
   *
   * @param longestSide pixels, at least 1
   */
  public static byte[] png(GrayImage film, Prediction prediction, int longestSide) {
    double reduction = Math.min(1.0, (double) longestSide / Math.max(film.width(), film.height()));
    GrayImage drawn = reduction < 1 ? reduced(film, reduction) : film;
    float[] heat =
        heat(prediction.attention(), prediction.geometry(), film, drawn.width(), drawn.height());
    return IndexedPng.encode(drawn.width(), drawn.height(), colours(drawn.pixels(), heat), PALETTE);
  }

  /**
   * The map on the film's pixels.
   *
   * @return row-major {@code [height * width]}, 0 (least) to 1 (greatest); -1 where the network saw
   *     nothing of the film
   */
  static float[] heat(AttentionMap map, Geometry geometry, GrayImage film, int width, int height) {
    Axis columns =
        Axis.of(
            width,
            film.width(),
            geometry.source().x(),
            geometry.source().width(),
            geometry.placed().x(),
            geometry.placed().width(),
            geometry.size(),
            map.width());
    Axis rows =
        Axis.of(
            height,
            film.height(),
            geometry.source().y(),
            geometry.source().height(),
            geometry.placed().y(),
            geometry.placed().height(),
            geometry.size(),
            map.height());
    float[] levels = levels(map);
    float[] heat = new float[width * height];
    Arrays.fill(heat, -1);
    float[] row = new float[map.width()];
    for (int y = 0; y < height; y++) {
      if (!rows.seen[y]) {
        continue;
      }
      int above = rows.cell[y] * map.width();
      int below = rows.next[y] * map.width();
      for (int cell = 0; cell < row.length; cell++) {
        row[cell] =
            levels[above + cell] + (levels[below + cell] - levels[above + cell]) * rows.part[y];
      }
      for (int x = 0; x < width; x++) {
        if (columns.seen[x]) {
          float left = row[columns.cell[x]];
          heat[y * width + x] = left + (row[columns.next[x]] - left) * columns.part[x];
        }
      }
    }
    return heat;
  }

  /** The map's values from its least to its greatest as 0 to 1; all 0 if they are equal. */
  private static float[] levels(AttentionMap map) {
    float least = Float.POSITIVE_INFINITY;
    float greatest = Float.NEGATIVE_INFINITY;
    for (float value : map.values()) {
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
    float[] levels = new float[map.values().length];
    if (greatest > least) {
      for (int i = 0; i < levels.length; i++) {
        levels[i] = (map.values()[i] - least) / (greatest - least);
      }
    }
    return levels;
  }

  /** For each pixel along one side: between which cells of the map it lies, and how far. */
  @SuppressWarnings("ArrayRecordComponent") // scratch of one drawing, never compared
  private record Axis(boolean[] seen, int[] cell, int[] next, float[] part) {
    static Axis of(
        int drawn,
        int film,
        int source,
        int sourceLength,
        int placed,
        int placedLength,
        int size,
        int cells) {
      Axis axis = new Axis(new boolean[drawn], new int[drawn], new int[drawn], new float[drawn]);
      for (int i = 0; i < drawn; i++) {
        double onFilm = (i + 0.5) * film / drawn;
        double onSquare = placed + (onFilm - source) * placedLength / sourceLength;
        double onMap = Math.min(Math.max(onSquare * cells / size - 0.5, 0), cells - 1.0);
        axis.seen[i] = onFilm > source && onFilm < source + sourceLength;
        axis.cell[i] = (int) onMap;
        axis.next[i] = Math.min(axis.cell[i] + 1, cells - 1);
        axis.part[i] = (float) (onMap - axis.cell[i]);
      }
      return axis;
    }
  }

  /** Each pixel's place in the palette. */
  private static byte[] colours(byte[] film, float[] heat) {
    byte[] colours = new byte[film.length];
    for (int i = 0; i < colours.length; i++) {
      int step = (int) (Math.max(heat[i], 0) * (STEPS - 1) + 0.5f);
      colours[i] = (byte) (step * GREYS + (film[i] & 0xff) * GREYS / 256);
    }
    return colours;
  }

  /** For each step of heat the greys, more and more mixed with its colour: red, green, blue. */
  private static byte[] palette() {
    byte[] ramp = new byte[STEPS];
    for (int step = 0; step < STEPS; step++) {
      ramp[step] = (byte) (step * 255 / (STEPS - 1));
    }
    byte[] hues = new byte[STEPS * 3];
    try (NativeImages images = new NativeImages()) {
      Mat hue = images.add(new Mat());
      Imgproc.applyColorMap(
          images.of(new GrayImage(STEPS, 1, ramp), 0, 1), hue, Imgproc.COLORMAP_JET);
      hue.get(0, 0, hues);
    }
    byte[] palette = new byte[STEPS * GREYS * 3];
    for (int step = 0, at = 0; step < STEPS; step++) {
      double share = STRONGEST * step / (STEPS - 1);
      for (int grey = 0; grey < GREYS; grey++) {
        for (int channel = 2; channel >= 0; channel--, at++) { // OpenCV has blue first
          double film = grey * 255.0 / (GREYS - 1) * (1 - share);
          palette[at] = (byte) Math.round(film + (hues[step * 3 + channel] & 0xff) * share);
        }
      }
    }
    return palette;
  }

  private static GrayImage reduced(GrayImage film, double reduction) {
    int width = Math.max(1, (int) Math.round(film.width() * reduction));
    int height = Math.max(1, (int) Math.round(film.height() * reduction));
    Region whole = new Region(0, 0, film.width(), film.height());
    return new GrayImage(width, height, AreaMeans.of(film, whole, width, height));
  }
}
