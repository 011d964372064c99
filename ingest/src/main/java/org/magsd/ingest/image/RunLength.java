package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/**
 * RLE lossless (PS3.5 annex G): a header of 16 words, then one PackBits segment for each byte of a
 * composite pixel, the most significant first.
 */
final class RunLength {
  private static final int HEADER = 64;

  private RunLength() {}

  static StoredFrame decode(Slice coded, PixelFormat format) throws DicomException {
    StoredFrame.Type type = format.type();
    int width = type.bytes();
    int samples = format.samples();
    boolean bits = format.bitsAllocated() == 1;
    long segments = word(coded, 0);
    if (segments != width * samples) {
      throw new DicomException(
          ("RLE frame of " + segments + " segments where " + samples + " samples of ")
              + (width + " bytes need " + width * samples));
    }
    int plane = bits ? (format.pixels() + 7) / 8 : format.pixels();
    // A run of 128 bytes takes two: a shorter segment cannot fill the plane.
    if (plane > (long) coded.length() * 64) {
      throw new DicomException("RLE frame is too short for its size");
    }
    byte[] values = new byte[plane * samples * width];
    for (int segment = 0; segment < segments; segment++) {
      int sample = segment / width;
      int significance = width - 1 - segment % width;
      int start = offset(coded, segment);
      int end = segment + 1 < segments ? offset(coded, segment + 1) : coded.length();
      unpack(coded, start, end, values, sample * width + significance, samples * width);
    }
    byte[] frame = bits ? bitsToBytes(values, format.pixels()) : values;
    return new StoredFrame(format.columns(), format.rows(), samples, type, frame);
  }

  private static long word(Slice coded, int index) throws DicomException {
    if (coded.length() < HEADER) {
      throw new DicomException("RLE frame of " + coded.length() + " bytes has no header");
    }
    int at = index * 4;
    return coded.at(at)
        | coded.at(at + 1) << 8
        | coded.at(at + 2) << 16
        | (long) coded.at(at + 3) << 24;
  }

  private static int offset(Slice coded, int segment) throws DicomException {
    long offset = word(coded, segment + 1);
    if (offset < HEADER || offset > coded.length()) {
      throw new DicomException("RLE segment " + segment + " begins outside the frame: " + offset);
    }
    return (int) offset;
  }

  /** PackBits into every {@code step}-th byte from {@code to}; what comes too much is dropped. */
  private static void unpack(Slice coded, int start, int end, byte[] values, int to, int step)
      throws DicomException {
    int at = start;
    int out = to;
    while (out < values.length) {
      if (at >= end) {
        throw new DicomException("RLE segment ends before its plane is full");
      }
      int control = (byte) coded.at(at++);
      if (control == -128) {
        continue;
      }
      boolean run = control < 0;
      int count = run ? 1 - control : control + 1;
      if (at + (run ? 1 : count) > end) {
        throw new DicomException("RLE segment ends within a run");
      }
      for (int i = 0; i < count && out < values.length; i++, out += step) {
        values[out] = (byte) coded.at(run ? at : at + i);
      }
      at += run ? 1 : count;
    }
  }

  private static byte[] bitsToBytes(byte[] packed, int count) {
    byte[] values = new byte[count];
    for (int i = 0; i < count; i++) {
      values[i] = (byte) (packed[i >> 3] >> (i & 7) & 1);
    }
    return values;
  }
}
