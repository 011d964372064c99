package org.magsd.ingest.image;

import java.util.List;

/**
 * The frame header of a JPEG picture (ITU-T T.81 B.2.2).
 *
 * @param process the low four bits of its SOF marker
 * @param precision bits per sample
 */
record JpegFrame(int process, int precision, int columns, int rows, List<Component> components) {
  static final int PROGRESSIVE = 2;
  static final int LOSSLESS = 3;

  /** One component: its place in the frame and its decoded samples. */
  static final class Component {
    final int id;
    final int horizontal;
    final int vertical;
    final int quantisation;

    /** Size in samples, and in blocks as far as they belong to the picture. */
    int columns;

    int rows;
    int blockColumns;
    int blockRows;

    /** Width and samples of the plane, padded to whole MCUs. */
    int stride;

    short[] plane = {};

    /** Coefficients of all blocks, in progressive mode. */
    short[] coefficients = {};

    int[] table = {};
    boolean scanned;

    Component(int id, int horizontal, int vertical, int quantisation) {
      this.id = id;
      this.horizontal = horizontal;
      this.vertical = vertical;
      this.quantisation = quantisation;
    }
  }

  boolean lossless() {
    return process == LOSSLESS;
  }

  boolean progressive() {
    return process == PROGRESSIVE;
  }

  int maxHorizontal() {
    return components.stream().mapToInt(component -> component.horizontal).max().orElse(1);
  }

  int maxVertical() {
    return components.stream().mapToInt(component -> component.vertical).max().orElse(1);
  }

  /** MCUs in a row of an interleaved scan. */
  int mcuColumns() {
    return ceil(columns, 8 * maxHorizontal());
  }

  int mcuRows() {
    return ceil(rows, 8 * maxVertical());
  }

  /** What is coded one by one: blocks with a DCT, samples without. */
  long units() {
    long units = 0;
    for (Component component : components) {
      long share = (long) component.horizontal * component.vertical;
      units += lossless() ? (long) columns * rows : (long) mcuColumns() * mcuRows() * share;
    }
    return units;
  }

  /** Reserves what the components need. */
  void allocate() {
    int horizontal = maxHorizontal();
    int vertical = maxVertical();
    for (Component component : components) {
      component.columns = ceil(columns * component.horizontal, horizontal);
      component.rows = ceil(rows * component.vertical, vertical);
      component.blockColumns = ceil(component.columns, 8);
      component.blockRows = ceil(component.rows, 8);
      boolean blocks = !lossless();
      component.stride = blocks ? mcuColumns() * component.horizontal * 8 : columns;
      int height = blocks ? mcuRows() * component.vertical * 8 : rows;
      component.plane = new short[Math.multiplyExact(component.stride, height)];
      if (progressive()) {
        component.coefficients = new short[component.plane.length];
      }
    }
  }

  private static int ceil(int value, int unit) {
    return (value + unit - 1) / unit;
  }
}
