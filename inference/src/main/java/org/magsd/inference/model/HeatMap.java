package org.magsd.inference.model;

import org.magsd.ingest.image.GrayImage;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * The attention map drawn over the film it belongs to: bilinear between the map's cells, in place
 * on the original film whatever was trimmed, cropped or padded for the network, nothing where the
 * network did not look. From the map's least value (the film unchanged) to its greatest (half the
 * film, half red); a map without differences leaves the film as it is.
 */
public final class HeatMap {
  private static final double STRONGEST = 0.5;
  private static final int CHANNELS = 3;

  static {
    OpenCv.load();
  }

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
    return encoded(blended(drawn, heat), drawn.width(), drawn.height());
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
    float[] level = levels(map);
    float[] heat = new float[width * height];
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++, at++) {
        heat[at] =
            columns.seen[x] && rows.seen[y] ? between(level, map.width(), columns, rows, x, y) : -1;
      }
    }
    return heat;
  }

  private static float between(float[] level, int mapWidth, Axis columns, Axis rows, int x, int y) {
    int above = rows.cell[y] * mapWidth;
    int below = rows.next[y] * mapWidth;
    float right = columns.part[x];
    float top =
        level[above + columns.cell[x]] * (1 - right) + level[above + columns.next[x]] * right;
    float low =
        level[below + columns.cell[x]] * (1 - right) + level[below + columns.next[x]] * right;
    return top * (1 - rows.part[y]) + low * rows.part[y];
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

  private static byte[] blended(GrayImage film, float[] heat) {
    byte[] palette = palette();
    byte[] blended = new byte[heat.length * CHANNELS];
    for (int i = 0; i < heat.length; i++) {
      int grey = film.pixels()[i] & 0xff;
      double share = Math.max(heat[i], 0) * STRONGEST;
      int colour = Math.round(Math.max(heat[i], 0) * 255) * CHANNELS;
      for (int c = 0; c < CHANNELS; c++) {
        blended[i * CHANNELS + c] =
            (byte) Math.round(grey * (1 - share) + (palette[colour + c] & 0xff) * share);
      }
    }
    return blended;
  }

  /** 256 colours from cold to hot, as blue, green, red. */
  private static byte[] palette() {
    byte[] ramp = new byte[256];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = (byte) i;
    }
    try (NativeImages images = new NativeImages()) {
      Mat levels = images.of(new GrayImage(256, 1, ramp), 0, 1);
      Mat colours = images.add(new Mat());
      Imgproc.applyColorMap(levels, colours, Imgproc.COLORMAP_JET);
      byte[] palette = new byte[256 * CHANNELS];
      colours.get(0, 0, palette);
      return palette;
    }
  }

  private static GrayImage reduced(GrayImage film, double reduction) {
    int width = Math.max(1, (int) Math.round(film.width() * reduction));
    int height = Math.max(1, (int) Math.round(film.height() * reduction));
    try (NativeImages images = new NativeImages()) {
      Mat full = images.of(film, 0, film.height());
      Mat small = images.add(new Mat());
      Imgproc.resize(full, small, new Size(width, height), 0, 0, Imgproc.INTER_AREA);
      byte[] pixels = new byte[width * height];
      small.get(0, 0, pixels);
      return new GrayImage(width, height, pixels);
    }
  }

  private static byte[] encoded(byte[] blueGreenRed, int width, int height) {
    try (NativeImages images = new NativeImages()) {
      Mat overlay = images.add(new Mat(height, width, CvType.CV_8UC3));
      overlay.put(0, 0, blueGreenRed);
      MatOfByte png = images.add(new MatOfByte());
      MatOfInt options = images.add(new MatOfInt(Imgcodecs.IMWRITE_PNG_COMPRESSION, 3));
      if (!Imgcodecs.imencode(".png", overlay, png, options)) {
        throw new IllegalStateException("a heat map of " + width + "x" + height + " has no PNG");
      }
      return png.toArray();
    }
  }
}
