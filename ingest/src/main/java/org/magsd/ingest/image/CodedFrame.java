package org.magsd.ingest.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.magsd.ingest.dicom.DicomException;

/** Brings what a codec decoded into the container the header allocates. */
final class CodedFrame {
  private CodedFrame() {}

  /** JPEG and JPEG-LS: bit patterns as they are; they know no sign. */
  static StoredFrame of(Decoded decoded, PixelFormat format) throws DicomException {
    return fill(decoded, format, 0);
  }

  /**
   * JPEG 2000: where the codestream and Pixel Representation disagree on the sign, the latter
   * decides how the codestream's bits are read.
   */
  static StoredFrame ofJpeg2000(Decoded decoded, PixelFormat format) throws DicomException {
    return fill(decoded, format, 32 - decoded.precision());
  }

  private static StoredFrame fill(Decoded decoded, PixelFormat format, int shift)
      throws DicomException {
    requireFit(
        "codestream",
        decoded.columns(),
        decoded.rows(),
        decoded.samples(),
        decoded.precision(),
        format);
    StoredFrame.Type type = format.type();
    byte[] bytes = bytes(decoded.values(), type.bytes(), shift, format.signed());
    return new StoredFrame(format.columns(), format.rows(), format.samples(), type, bytes);
  }

  /**
   * Nothing is made to fit: what a codestream says of itself has to be what the header says of it.
   *
   * @param what it is, for the reason
   * @param precision bits per sample; fewer than are allocated will do
   */
  static void requireFit(
      String what, int columns, int rows, int samples, int precision, PixelFormat format)
      throws DicomException {
    boolean same =
        columns == format.columns() && rows == format.rows() && samples == format.samples();
    if (!same) {
      throw new DicomException(
          (what + " of " + columns + "x" + rows + "x" + samples + " where the header says ")
              + (format.columns() + "x" + format.rows() + "x" + format.samples()));
    }
    if (precision > 8 * format.type().bytes()) {
      throw new DicomException(
          (what + " of " + precision + " bits where " + format.bitsAllocated()) + " are allocated");
    }
  }

  private static byte[] bytes(short[] values, int width, int shift, boolean signed) {
    byte[] bytes = new byte[values.length * width];
    if (width > 2) {
      for (int i = 0; i < values.length; i++) {
        int value = extended(values[i] & 0xffff, shift, signed);
        for (int b = 0; b < width; b++) {
          bytes[i * width + b] = (byte) (value >> (8 * b));
        }
      }
      return bytes;
    }
    if (shift > 0) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (short) extended(values[i], shift, signed);
      }
    }
    if (width == 2) {
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().put(values);
    } else {
      for (int i = 0; i < values.length; i++) {
        bytes[i] = (byte) values[i];
      }
    }
    return bytes;
  }

  /** The bits below those that are shifted out, with their sign or without. */
  private static int extended(int value, int shift, boolean signed) {
    return signed ? value << shift >> shift : value << shift >>> shift;
  }
}
