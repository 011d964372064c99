package org.magsd.ingest.dicom;

import java.util.Arrays;
import java.util.Objects;

/** A run of bytes inside a larger array, neither copied nor written to. */
public final class Slice {
  private final byte[] source;
  private final int offset;
  private final int length;

  /**
   * @throws IndexOutOfBoundsException if the run does not lie inside the array
   */
  public Slice(byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length);
    this.source = source;
    this.offset = offset;
    this.length = length;
  }

  /** All of an array. */
  public static Slice of(byte[] source) {
    return new Slice(source, 0, source.length);
  }

  public byte[] source() {
    return source;
  }

  /** Where the run begins in {@link #source()}. */
  public int offset() {
    return offset;
  }

  public int length() {
    return length;
  }

  /** The unsigned byte at an index of the run. */
  public int at(int index) {
    return source[offset + index] & 0xff;
  }

  /** The bytes of the run and no others: the array it lies in where that has no others. */
  public byte[] alone() {
    return length == source.length ? source : toArray();
  }

  /** A copy of the run. */
  public byte[] toArray() {
    return Arrays.copyOfRange(source, offset, offset + length);
  }

  /** A run inside this one. */
  public Slice slice(int from, int count) {
    Objects.checkFromIndexSize(from, count, length);
    return new Slice(source, offset + from, count);
  }

  int u16(int index, boolean bigEndian) {
    return bigEndian ? at(index) << 8 | at(index + 1) : at(index) | at(index + 1) << 8;
  }

  int i32(int index, boolean bigEndian) {
    return bigEndian
        ? u16(index, true) << 16 | u16(index + 2, true)
        : u16(index, false) | u16(index + 2, false) << 16;
  }

  long i64(int index, boolean bigEndian) {
    long first = i32(index, bigEndian);
    long second = i32(index + 4, bigEndian);
    long high = bigEndian ? first : second;
    long low = bigEndian ? second : first;
    return high << 32 | (low & 0xffff_ffffL);
  }
}
