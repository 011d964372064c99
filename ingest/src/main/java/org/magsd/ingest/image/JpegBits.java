package org.magsd.ingest.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/**
 * The entropy-coded bits of a JPEG scan (ITU-T T.81 F.2.2.5): stuffed zeros taken out, stopping at
 * a marker. Beyond it come zero bits, but only as many as a look ahead may need.
 */
final class JpegBits {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int end;
  private int at;
  private long buffer;
  private int available;
  private int padding;

  JpegBits(Slice data, int at) {
    this.bytes = data.source();
    this.end = data.offset() + data.length();
    this.at = data.offset() + at;
  }

  /** Makes 16 bits available at least. */
  private void fill() {
    if (available <= 32 && at + Integer.BYTES <= end) {
      int word = (int) WORD.get(bytes, at);
      if (!holdsFf(word)) {
        buffer = buffer << 32 | Integer.toUnsignedLong(word);
        available += 32;
        at += Integer.BYTES;
        return;
      }
    }
    while (available <= 48) {
      int next = 0;
      if (at >= end) {
        padding += 8;
      } else {
        next = bytes[at] & 0xff;
        if (next == 0xff) {
          if (at + 1 < end && bytes[at + 1] == 0) {
            at += 2;
          } else {
            next = 0;
            padding += 8;
          }
        } else {
          at++;
        }
      }
      buffer = buffer << 8 | next;
      available += 8;
    }
  }

  /** Whether one of the four bytes is 0xFF. */
  static boolean holdsFf(int word) {
    return (word & (~word - 0x01010101) & 0x80808080) != 0;
  }

  /** The next bits, at most 16, without taking them. */
  int peek(int count) {
    if (available < count) {
      fill();
    }
    return (int) (buffer >>> (available - count)) & ((1 << count) - 1);
  }

  void skip(int count) {
    available -= count;
  }

  /** Takes bits, at most 16. */
  int take(int count) {
    if (count == 0) {
      return 0;
    }
    int bits = peek(count);
    available -= count;
    return bits;
  }

  /** Takes a difference of so many bits. */
  int takeSigned(int count) {
    if (count == 0) {
      return 0;
    }
    return extended(take(count), count);
  }

  /** The difference that so many bits stand for (T.81 F.2.2.1, EXTEND). */
  static int extended(int bits, int count) {
    return count > 0 && bits < 1 << (count - 1) ? bits - (1 << count) + 1 : bits;
  }

  /** Refuses a scan of which bits were taken that it does not have; looked at they may be. */
  void checkNotExhausted() throws DicomException {
    if (padding > available) {
      throw new DicomException("JPEG scan ends before the picture is complete");
    }
  }

  /** Drops what is left before the restart marker that is due, and the marker (T.81 F.2.2.4). */
  void restart() throws DicomException {
    checkNotExhausted();
    buffer = 0;
    available = 0;
    padding = 0;
    while (at + 1 < end) {
      int second = bytes[at + 1] & 0xff;
      if ((bytes[at] & 0xff) != 0xff || second == 0xff || second == 0) {
        at++;
      } else if (second >= 0xd0 && second <= 0xd7) {
        at += 2;
        return;
      } else {
        break;
      }
    }
    throw new DicomException("JPEG restart marker missing");
  }
}
