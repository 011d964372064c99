package org.magsd.ingest.image;

/** What a codec makes of one frame: samples of a pixel together, the low 16 bits of each value. */
final class Decoded {
  private final int columns;
  private final int rows;
  private final int samples;
  private final int precision;
  private final short[] values;

  /**
   * @param samples samples per pixel
   * @param precision bits per sample, at most 16
   * @param values row-major; handed over, not copied
   */
  Decoded(int columns, int rows, int samples, int precision, short[] values) {
    this.columns = columns;
    this.rows = rows;
    this.samples = samples;
    this.precision = precision;
    this.values = values;
  }

  int columns() {
    return columns;
  }

  int rows() {
    return rows;
  }

  int samples() {
    return samples;
  }

  int precision() {
    return precision;
  }

  short[] values() {
    return values;
  }
}
