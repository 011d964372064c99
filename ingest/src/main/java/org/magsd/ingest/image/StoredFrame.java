package org.magsd.ingest.image;

import org.magsd.ingest.dicom.Sha256;

/**
 * One frame's values as the device stored them, before any lookup table: row-major, the samples of
 * a pixel together, each sample in its allocated width.
 *
 * <p>Values are those of the whole container: bits above Bits Stored are kept, and a signed value's
 * sign is the container's, as dcmtk, gdcm and pydicom give them. Palette frames hold indices, YBR
 * frames YBR.
 */
public final class StoredFrame {

  /** Containers, named after how wide they are and how they are read. */
  public enum Type {
    U8(1),
    S8(1),
    U16(2),
    S16(2),
    U32(4),
    S32(4),
    F32(4),
    F64(8);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /** Bytes of one sample. */
    public int bytes() {
      return bytes;
    }

    public boolean floating() {
      return this == F32 || this == F64;
    }

    /** The container for integers of so many allocated bits. */
    static Type of(int bitsAllocated, boolean signed) {
      if (bitsAllocated <= 8) {
        return signed ? S8 : U8;
      }
      if (bitsAllocated <= 16) {
        return signed ? S16 : U16;
      }
      return signed ? S32 : U32;
    }
  }

  private final int columns;
  private final int rows;
  private final int samples;
  private final Type type;
  private final byte[] bytes;

  /**
   * @param samples samples per pixel
   * @param bytes the values, little endian; handed over, not copied
   */
  public StoredFrame(int columns, int rows, int samples, Type type, byte[] bytes) {
    if (columns <= 0
        || rows <= 0
        || samples <= 0
        || (long) columns * rows * samples * type.bytes() != bytes.length) {
      throw new IllegalArgumentException(
          ("frame of " + columns + "x" + rows + "x" + samples + " " + type)
              + (" with " + bytes.length + " bytes"));
    }
    this.columns = columns;
    this.rows = rows;
    this.samples = samples;
    this.type = type;
    this.bytes = bytes;
  }

  public int columns() {
    return columns;
  }

  public int rows() {
    return rows;
  }

  /** Samples per pixel. */
  public int samples() {
    return samples;
  }

  public Type type() {
    return type;
  }

  /** The values, little endian; not to be written to. */
  public byte[] bytes() {
    return bytes;
  }

  /** Number of values. */
  public int size() {
    return bytes.length / type.bytes();
  }

  /** One value; an index counts samples. */
  public double value(int index) {
    int at = index * type.bytes();
    return switch (type) {
      case U8 -> bytes[at] & 0xff;
      case S8 -> bytes[at];
      case U16 -> u16(at);
      case S16 -> (short) u16(at);
      case U32 -> i32(at) & 0xffff_ffffL;
      case S32 -> i32(at);
      case F32 -> Float.intBitsToFloat(i32(at));
      case F64 -> Double.longBitsToDouble((i32(at) & 0xffff_ffffL) | (long) i32(at + 4) << 32);
    };
  }

  private int u16(int at) {
    return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
  }

  private int i32(int at) {
    return u16(at) | u16(at + 2) << 16;
  }

  /** The smallest value; not-a-number is passed over. */
  public double min() {
    double min = Double.POSITIVE_INFINITY;
    for (int i = 0; i < size(); i++) {
      double value = value(i);
      if (value < min) {
        min = value;
      }
    }
    return min;
  }

  /** The largest value; not-a-number is passed over. */
  public double max() {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < size(); i++) {
      double value = value(i);
      if (value > max) {
        max = value;
      }
    }
    return max;
  }

  /** SHA-256 over {@link #bytes()}, in lower-case hexadecimal. */
  public String sha256() {
    return Sha256.hex(bytes);
  }
}
