package org.magsd.ingest.image;

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
    StoredFrame.Type type = format.type();
    if (decoded.columns() != format.columns()
        || decoded.rows() != format.rows()
        || decoded.samples() != format.samples()) {
      throw new DicomException(
          ("codestream of " + decoded.columns() + "x" + decoded.rows() + "x" + decoded.samples())
              + (" where the header says " + format.columns() + "x" + format.rows() + "x")
              + format.samples());
    }
    if (decoded.precision() > 8 * type.bytes()) {
      throw new DicomException(
          "codestream of "
              + decoded.precision()
              + " bits where "
              + format.bitsAllocated()
              + " are allocated");
    }
    byte[] bytes = bytes(decoded.values(), type.bytes(), shift, format.signed());
    return new StoredFrame(format.columns(), format.rows(), format.samples(), type, bytes);
  }

  private static byte[] bytes(short[] values, int width, int shift, boolean signed) {
    byte[] bytes = new byte[values.length * width];
    if (width == 1 && shift == 0) {
      for (int i = 0; i < values.length; i++) {
        bytes[i] = (byte) values[i];
      }
      return bytes;
    }
    for (int i = 0; i < values.length; i++) {
      int raw = values[i] & 0xffff;
      if (shift > 0) {
        raw = signed ? raw << shift >> shift : raw << shift >>> shift;
      }
      for (int b = 0; b < width; b++) {
        bytes[i * width + b] = (byte) (raw >> (8 * b));
      }
    }
    return bytes;
  }
}
