package org.magsd.ingest.dicom;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Undoes the deflated transfer syntax (PS3.5 A.5) without trusting how much comes out. */
final class Inflation {
  /** No inflated data set may be larger; four times the largest plain film there is. */
  static final int LIMIT = 512 << 20;

  private Inflation() {}

  /**
   * Inflates a raw deflate stream, or one in the zlib wrapping some writers leave on. A stream that
   * breaks off gives what there was: whether anything needed is missing shows later.
   */
  static byte[] inflate(Slice deflated) throws DicomException {
    boolean wrapped =
        deflated.length() > 2
            && deflated.at(0) == 0x78
            && deflated.u16(0, true) % 31 == 0
            && (deflated.at(0) & 0x0f) == 8;
    Inflater inflater = new Inflater(!wrapped);
    try {
      inflater.setInput(deflated.source(), deflated.offset(), deflated.length());
      return drain(inflater, deflated.length());
    } catch (DataFormatException broken) {
      throw new DicomException("deflated data set is damaged", broken);
    } finally {
      inflater.end();
    }
  }

  private static byte[] drain(Inflater inflater, int compressed)
      throws DataFormatException, DicomException {
    byte[] data = new byte[(int) Math.min(LIMIT, Math.max(4096L, compressed * 4L))];
    int size = 0;
    while (!inflater.finished()) {
      int count = inflater.inflate(data, size, data.length - size);
      size += count;
      if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
        break;
      }
      if (size == data.length) {
        if (size == LIMIT) {
          throw new DicomException("deflated data set inflates beyond " + LIMIT + " bytes");
        }
        data = Arrays.copyOf(data, (int) Math.min(LIMIT, size * 2L));
      }
    }
    return Arrays.copyOf(data, size);
  }
}
