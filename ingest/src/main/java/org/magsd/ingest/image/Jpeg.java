package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** Jpeg. */
final class Jpeg {
  private Jpeg() {}

  static Decoded decode(Slice coded, PixelFormat format) throws DicomException {
    if (coded.length() >= 0) {
      throw new DicomException("unsupported so far");
    }
    return new Decoded(format.columns(), 1, 1, 1, new short[0]);
  }

  static GrayImage film(Slice coded) throws DicomException {
    if (coded.length() >= 0) {
      throw new DicomException("unsupported so far");
    }
    return new GrayImage(1, 1, new byte[1]);
  }
}
