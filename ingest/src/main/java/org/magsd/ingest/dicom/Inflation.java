package org.magsd.ingest.dicom;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Undoes the deflated transfer syntax (PS3.5 A.5) without trusting how much comes out. */
final class Inflation {
  /** Every data set may inflate to so much: a plain film of 32 million pixels of 16 bits. */
  private static final int ALWAYS = 64 << 20;

  /** Beyond it, so many times the deflated size: films deflate to a half, bombs to a thousandth. */
  private static final int MOST_TIMES = 32;

  /** And no more than this; twice the largest plain film there is. */
  private static final int LIMIT = 256 << 20;

  private Inflation() {}

  /**
   * Inflates a raw deflate stream, or one in the zlib wrapping some writers leave on. A stream that
   * breaks off gives what there was: whether anything needed is missing shows later.
   */
  static byte[] inflate(Slice deflated) throws DicomException {
    return inflate(deflated, false);
  }

  /** The same, but one that breaks off is refused. */
  static byte[] inflateWhole(Slice deflated) throws DicomException {
    return inflate(deflated, true);
  }

  private static byte[] inflate(Slice deflated, boolean whole) throws DicomException {
    boolean wrapped =
        deflated.length() > 2
            && deflated.at(0) == 0x78
            && deflated.u16(0, true) % 31 == 0
            && (deflated.at(0) & 0x0f) == 8;
    Inflater inflater = new Inflater(!wrapped);
    int limit = (int) Math.min(LIMIT, Math.max(ALWAYS, (long) MOST_TIMES * deflated.length()));
    try {
      inflater.setInput(deflated.source(), deflated.offset(), deflated.length());
      byte[] data = drain(inflater, deflated.length(), limit);
      if (whole && !inflater.finished()) {
        throw new DicomException("deflated data set is cut short");
      }
      return data;
    } catch (DataFormatException broken) {
      throw new DicomException("deflated data set is damaged", broken);
    } finally {
      inflater.end();
    }
  }

  private static byte[] drain(Inflater inflater, int compressed, int limit)
      throws DataFormatException, DicomException {
    byte[] data = new byte[(int) Math.min(limit, Math.max(4096L, compressed * 4L))];
    int size = 0;
    while (!inflater.finished()) {
      int count = inflater.inflate(data, size, data.length - size);
      size += count;
      if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
        break;
      }
      if (size == data.length) {
        if (size == limit) {
          throw new DicomException("deflated data set inflates beyond " + limit + " bytes");
        }
        data = Arrays.copyOf(data, (int) Math.min(limit, size * 2L));
      }
    }
    return size == data.length ? data : Arrays.copyOf(data, size);
  }
}
