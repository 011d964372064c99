package org.magsd.ingest.image;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** Frames that are raw deflate streams each (PS3.5 A.4.13; RFC 1951). */
final class DeflatedFrame {
  private DeflatedFrame() {}

  /**
   * The frame's plain pixels; a byte more than a frame can have, if there are as many.
   *
   * @throws DicomException if the stream is damaged or breaks off
   */
  static Slice inflate(Slice coded, PixelFormat format) throws DicomException {
    byte[] plain = new byte[(int) NativePixels.paddedLength(format) + 1];
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(coded.source(), coded.offset(), coded.length());
      int length = 0;
      int count = 1;
      while (length < plain.length && count > 0) {
        count = inflater.inflate(plain, length, plain.length - length);
        length += count;
      }
      if (length < plain.length && !inflater.finished()) {
        throw new DicomException("deflated frame breaks off");
      }
      return Slice.of(Arrays.copyOf(plain, length));
    } catch (DataFormatException broken) {
      throw new DicomException("deflated frame is damaged", broken);
    } finally {
      inflater.end();
    }
  }
}
