package org.magsd.ingest.dicom;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Undoes the deflated transfer syntax (PS3.5 A.5) without trusting how much comes out. */
final class Inflation {
  /** Every data set may inflate to so much: a plain film of 32 million pixels of 16 bits. */
  private static final int ALWAYS = 64 << 20;

  /** Beyond it, so many times the deflated size: films deflate to a half, bombs to a thousandth. */
  private static final int MOST_TIMES = 8;

  /** And no more than this; twice the largest plain film there is. */
  private static final int LIMIT = 256 << 20;

  private static final int SMALLEST_PIECE = 4 << 10;
  private static final int LARGEST_PIECE = 1 << 20;

  private Inflation() {}

  /**
   * Inflates a raw deflate stream, or one in the zlib wrapping some writers leave on. A stream that
   * breaks off gives what there was: whether anything needed is missing shows later.
   */
  static Content inflate(Content deflated) throws DicomException {
    return inflate(deflated, false);
  }

  /** The same, but one that breaks off is refused. */
  static Content inflateWhole(Content deflated) throws DicomException {
    return inflate(deflated, true);
  }

  private static Content inflate(Content deflated, boolean whole) throws DicomException {
    Slice start = deflated.read(0, Math.min(2, deflated.length()));
    boolean wrapped = start.length() == 2 && start.at(0) == 0x78 && start.u16(0, true) % 31 == 0;
    Inflater inflater = new Inflater(!wrapped);
    try {
      Content data = inflated(inflater, deflated);
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

  /** Piece by piece on both sides, for growing one array would take three times as much. */
  private static Content inflated(Inflater inflater, Content deflated)
      throws DataFormatException, DicomException {
    long likely = 4L * deflated.length();
    int size = (int) Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, likely));
    long limit = Math.min(LIMIT, Math.max(ALWAYS, (long) MOST_TIMES * deflated.length()));
    List<byte[]> pieces = new ArrayList<>();
    int taken = 0;
    int length = 0;
    while (!inflater.finished()) {
      if (inflater.needsInput() && taken < deflated.length()) {
        Slice more = deflated.read(taken, Math.min(LARGEST_PIECE, deflated.length() - taken));
        inflater.setInput(more.source(), more.offset(), more.length());
        taken += more.length();
      }
      if (length == size * (long) pieces.size()) {
        pieces.add(new byte[size]);
      }
      int within = length % size;
      int count = inflater.inflate(pieces.get(pieces.size() - 1), within, size - within);
      length += count;
      if (length > limit) {
        throw new DicomException("deflated data set inflates beyond " + limit + " bytes");
      }
      boolean dry = inflater.needsInput() && taken == deflated.length();
      if (count == 0 && (dry || inflater.needsDictionary())) {
        break;
      }
    }
    return Content.of(pieces, length);
  }
}
