package org.magsd.fhir.report;

import java.util.Arrays;

/** A heat map as a PNG file; immutable. */
public final class HeatMap {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int HEADER_LENGTH = 24;

  private final byte[] png;

  /**
   * @throws IllegalArgumentException if the bytes do not begin as a PNG file (ISO/IEC 15948)
   */
  public HeatMap(byte[] png) {
    if (png.length < HEADER_LENGTH
        || !Arrays.equals(png, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
      throw new IllegalArgumentException("heat map is not a PNG file");
    }
    this.png = png.clone();
  }

  /** The whole file. */
  public byte[] png() {
    return png.clone();
  }

  /** File size in bytes. */
  public int size() {
    return png.length;
  }

  /** Columns, from the IHDR chunk. */
  public int width() {
    return intAt(16);
  }

  /** Rows, from the IHDR chunk. */
  public int height() {
    return intAt(20);
  }

  private int intAt(int offset) {
    return ((png[offset] & 0xff) << 24)
        | ((png[offset + 1] & 0xff) << 16)
        | ((png[offset + 2] & 0xff) << 8)
        | (png[offset + 3] & 0xff);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeatMap map && Arrays.equals(png, map.png);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(png);
  }

  @Override
  public String toString() {
    return "HeatMap[" + width() + "x" + height() + "]";
  }
}
