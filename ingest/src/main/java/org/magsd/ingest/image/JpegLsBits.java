package org.magsd.ingest.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** The bits of a JPEG-LS scan (ITU-T T.87 A.1): after a byte 0xFF the next one holds seven. */
final class JpegLsBits {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int end;
  private int at;
  private long buffer;
  private int available;
  private int padding;
  private boolean afterFf;

  JpegLsBits(Slice data, int at) {
    this.bytes = data.source();
    this.end = data.offset() + data.length();
    this.at = data.offset() + at;
  }

  /** Makes 33 bits available at least. */
  private void fill() {
    while (available <= 32 && !afterFf && at + Integer.BYTES <= end) {
      int word = (int) WORD.get(bytes, at);
      if (JpegBits.holdsFf(word)) {
        break;
      }
      buffer = buffer << 32 | Integer.toUnsignedLong(word);
      available += 32;
      at += Integer.BYTES;
    }
    while (available <= 48) {
      int next = at < end ? bytes[at] & 0xff : -1;
      boolean marker =
          next < 0
              || (afterFf && next >= 0x80)
              || (next == 0xff && (at + 1 >= end || (bytes[at + 1] & 0xff) >= 0x80));
      if (marker) {
        buffer <<= 8;
        available += 8;
        padding += 8;
      } else {
        int width = afterFf ? 7 : 8;
        buffer = buffer << width | next;
        available += width;
        afterFf = next == 0xff;
        at++;
      }
    }
  }

  boolean bit() {
    return take(1) == 1;
  }

  /** Takes bits, at most 32. */
  int take(int count) {
    if (count == 0) {
      return 0;
    }
    if (available < count) {
      fill();
    }
    available -= count;
    return (int) ((buffer >>> available) & ((1L << count) - 1));
  }

  /**
   * Takes a limited-length Golomb code (A.5.3): zeros and a one, then k bits; or as many zeros as
   * fit into the limit, and the value itself.
   */
  int golomb(int k, int limit, int valueBits) throws DicomException {
    int escape = limit - valueBits - 1;
    if (available <= 32) {
      fill();
    }
    int zeros = Long.numberOfLeadingZeros(buffer << (64 - available));
    int left = available - zeros - 1 - k;
    if (zeros < escape && left >= 0) {
      available = left;
      return (zeros << k) | ((int) (buffer >>> left) & ((1 << k) - 1));
    }
    int counted = zeros(limit);
    return counted < escape ? counted << k | take(k) : take(valueBits) + 1;
  }

  /** Counts zeros up to the next one and takes both. */
  private int zeros(int limit) throws DicomException {
    int count = 0;
    while (true) {
      if (available == 0) {
        fill();
      }
      int zeros = Math.min(available, Long.numberOfLeadingZeros(buffer << (64 - available)));
      count += zeros;
      if (count > limit) {
        throw new DicomException("JPEG-LS code longer than its limit");
      }
      if (zeros < available) {
        available -= zeros + 1;
        return count;
      }
      available = 0;
    }
  }

  /** Refuses a scan of which bits were taken that it does not have; looked at they may be. */
  void checkNotExhausted() throws DicomException {
    if (padding > available) {
      throw new DicomException("JPEG-LS scan ends before the picture is complete");
    }
  }

  /** Drops what is left before the restart marker that is due, and the marker. */
  void restart() throws DicomException {
    buffer = 0;
    available = 0;
    padding = 0;
    afterFf = false;
    while (at + 1 < end) {
      int second = bytes[at + 1] & 0xff;
      if ((bytes[at] & 0xff) == 0xff && second >= 0xd0 && second <= 0xd7) {
        at += 2;
        return;
      }
      at++;
    }
    throw new DicomException("JPEG-LS restart marker missing");
  }
}
