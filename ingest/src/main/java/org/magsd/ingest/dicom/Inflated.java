package org.magsd.ingest.dicom;

import java.util.Objects;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * What a deflated data set (PS3.5 A.5) unfolds into, without trusting how much comes out. It is
 * unfolded anew up to what is wanted at each look, and nothing else is kept.
 */
final class Inflated implements Content {
  /** Every data set may inflate to so much: a plain film of 32 million pixels of 16 bits. */
  private static final int ALWAYS = 64 << 20;

  /** Beyond it, so many times the deflated size: films deflate to a half, bombs to a thousandth. */
  private static final int MOST_TIMES = 32;

  /** And no more than this; twice the largest plain film there is. */
  private static final int LIMIT = 256 << 20;

  /** Deflated bytes that are taken at once. */
  private static final int PIECE = 256 << 10;

  private final Content deflated;
  private final int length;

  private Inflated(Content deflated, int length) {
    this.deflated = deflated;
    this.length = length;
  }

  /**
   * A raw deflate stream, or one in the zlib wrapping some writers leave on. A stream that breaks
   * off gives what there was: whether anything needed is missing shows later.
   *
   * @throws DicomException if it is damaged, or unfolds into more than a film is
   */
  static Content of(Content deflated) throws DicomException {
    return of(deflated, false);
  }

  /** The same, but one that breaks off is refused. */
  static Content ofWhole(Content deflated) throws DicomException {
    return of(deflated, true);
  }

  private static Content of(Content deflated, boolean whole) throws DicomException {
    long limit = most(deflated.length());
    byte[] piece = new byte[PIECE];
    long length = 0;
    try (Unfolding unfolding = new Unfolding(deflated)) {
      int count;
      while ((count = unfolding.next(piece, 0, piece.length)) > 0) {
        length += count;
        if (length > limit) {
          throw new DicomException("deflated data set inflates beyond " + limit + " bytes");
        }
      }
      if (whole && !unfolding.finished()) {
        throw new DicomException("deflated data set is cut short");
      }
    }
    return new Inflated(deflated, (int) length);
  }

  /** Bytes that so many may unfold into. */
  static long most(int deflatedLength) {
    return Math.min(LIMIT, Math.max(ALWAYS, (long) MOST_TIMES * deflatedLength));
  }

  /**
   * Whether a stream breaks off, as far as can be told without unfolding more than a film: damage
   * is no end.
   */
  static boolean breaksOff(Content deflated) throws DicomException {
    long most = Math.min(ALWAYS, (long) MOST_TIMES * deflated.length());
    byte[] piece = new byte[PIECE];
    try (Unfolding unfolding = new Unfolding(deflated)) {
      long length = 0;
      int count = 1;
      while (count > 0 && length < most) {
        count = unfolding.next(piece, 0, piece.length);
        length += count;
      }
      return count == 0 && unfolding.wantsMore();
    }
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public Slice read(int from, int count) throws DicomException {
    Objects.checkFromIndexSize(from, count, length);
    byte[] wanted = new byte[count];
    byte[] before = new byte[Math.min(PIECE, from)];
    try (Unfolding unfolding = new Unfolding(deflated)) {
      for (int left = from; left > 0; ) {
        left -= unfolding.some(before, 0, Math.min(left, before.length));
      }
      for (int done = 0; done < count; ) {
        done += unfolding.some(wanted, done, count - done);
      }
    }
    return Slice.of(wanted);
  }

  /** One way through the stream. */
  private static final class Unfolding implements AutoCloseable {
    private final Content deflated;
    private final Inflater inflater;
    private int taken;

    Unfolding(Content deflated) throws DicomException {
      Slice start = deflated.read(0, Math.min(2, deflated.length()));
      boolean wrapped = start.length() == 2 && start.at(0) == 0x78 && start.u16(0, true) % 31 == 0;
      this.deflated = deflated;
      this.inflater = new Inflater(!wrapped);
    }

    /** Bytes that come next, one at least; 0 when there are none. */
    int next(byte[] bytes, int at, int most) throws DicomException {
      try {
        while (true) {
          int count = inflater.inflate(bytes, at, most);
          boolean goesOn = inflater.needsInput() && taken < deflated.length();
          if (count > 0 || !goesOn) {
            return count;
          }
          Slice more = deflated.read(taken, Math.min(PIECE, deflated.length() - taken));
          inflater.setInput(more.source(), more.offset(), more.length());
          taken += more.length();
        }
      } catch (DataFormatException broken) {
        throw new DicomException("deflated data set is damaged", broken);
      }
    }

    int some(byte[] bytes, int at, int most) throws DicomException {
      int count = next(bytes, at, most);
      if (count == 0) {
        throw new DicomException("has become shorter while it was read");
      }
      return count;
    }

    boolean finished() {
      return inflater.finished();
    }

    /** Whether all has been taken and the stream has not ended. */
    boolean wantsMore() {
      return !inflater.finished() && !inflater.needsDictionary() && inflater.needsInput();
    }

    @Override
    public void close() {
      inflater.end();
    }
  }
}
