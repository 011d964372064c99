package org.magsd.ingest.dicom;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds out how an object is written (PS3.10 7): preamble, file meta information, transfer syntax,
 * and where the data set begins. Without file meta information the syntax is told from the first
 * element; with it, an obviously wrong statement about value representations or byte order is
 * overruled by what the first element shows.
 *
 * @param meta the file meta information, empty where there is none
 * @param stated the transfer syntax UID the file states
 * @param syntax how the data set is written in fact
 * @param dataSetOffset where the data set begins
 */
record Part10(Attributes meta, Optional<String> stated, TransferSyntax syntax, int dataSetOffset) {
  /** A file meta group has some ten elements (PS3.10 7.1). */
  private static final int MOST_META_ELEMENTS = 1_000;

  private static final int PREAMBLE = 128;
  private static final Pattern UID = Pattern.compile("[0-9.]{1,64}");

  /** Bytes of the data set that tell how it is written. */
  static final int FIRST_ELEMENT = 8;

  /**
   * @param file the file or its beginning
   * @param size bytes of the whole file
   */
  static Part10 recognise(Slice file, int size) throws DicomException {
    int start = start(file, size);
    return group(file, start, false) == 2
        ? withMeta(file, start, size)
        : new Part10(Attributes.EMPTY, Optional.empty(), guess(file, start), start);
  }

  /**
   * Where the file meta information or, without any, the data set begins.
   *
   * @param file the file or its beginning
   * @param size bytes of the whole file
   * @throws DicomException if it is no DICOM file
   */
  static int start(Slice file, long size) throws DicomException {
    if (file.length() == 0) {
      throw new DicomException("is an empty file");
    }
    if (file.length() < 8) {
      throw new DicomException("not a DICOM file: only " + file.length() + " bytes");
    }
    boolean preamble =
        file.length() >= PREAMBLE + 12
            && file.at(PREAMBLE) == 'D'
            && file.at(PREAMBLE + 1) == 'I'
            && file.at(PREAMBLE + 2) == 'C'
            && file.at(PREAMBLE + 3) == 'M';
    int start = preamble ? PREAMBLE + 4 : 0;
    if (group(file, start, false) == 2) {
      return start;
    }
    // "DICM" at 128 may be part of the values of a data set that begins at 0.
    if (preamble && looksLikeDataSet(file, 0, size) && !looksLikeDataSet(file, start, size)) {
      start = 0;
    }
    if (!looksLikeDataSet(file, start, size)) {
      throw new DicomException(
          preamble
              ? "no data set after the preamble"
              : "not a DICOM file: neither preamble nor data set at its beginning");
    }
    return start;
  }

  private static Part10 withMeta(Slice file, int start, int size) throws DicomException {
    int end = endOfMeta(file, start);
    boolean explicit = isVr(file, start);
    Attributes meta =
        DataSetParser.all(file.slice(start, end - start), explicit, false, MOST_META_ELEMENTS);
    Optional<String> stated = meta.text(Tag.TRANSFER_SYNTAX_UID);
    if (stated.isEmpty()) {
      throw new DicomException("file meta information has no TransferSyntaxUID (0002,0010)");
    }
    if (!UID.matcher(stated.get()).matches()) {
      throw new DicomException("TransferSyntaxUID (0002,0010) is not a UID");
    }
    TransferSyntax syntax = TransferSyntax.of(stated.get());
    if (!syntax.deflated() && file.length() - end >= FIRST_ELEMENT) {
      syntax = corrected(file, end, size, syntax);
    }
    return new Part10(meta, stated, syntax, end);
  }

  /** The end of group 0002, told from its elements: stated group lengths are often wrong. */
  private static int endOfMeta(Slice file, int start) throws DicomException {
    int at = start;
    while (file.length() - at >= 8 && group(file, at, false) == 2) {
      int tag = 2 << 16 | file.u16(at + 2, false);
      ElementHeader header =
          ElementHeader.read(file, at, file.length(), tag, isVr(file, at), false);
      if (header.length() > file.length() - header.valueOffset()) {
        throw new DicomException(
            "file meta information truncated at " + Tag.format(tag) + ", offset " + at);
      }
      at = header.valueOffset() + (int) header.length();
    }
    return at;
  }

  /** The stated syntax, unless the first element contradicts it. */
  private static TransferSyntax corrected(Slice file, int at, int size, TransferSyntax stated) {
    boolean explicit = isVr(file, at);
    boolean bigEndian = looksBigEndian(file, at);
    boolean agrees = explicit == stated.explicitVr() && bigEndian == stated.bigEndian();
    if (agrees || !looksLikeDataSet(file, at, size)) {
      return stated;
    }
    return new TransferSyntax(stated.uid(), explicit, bigEndian, false, stated.pixels());
  }

  private static TransferSyntax guess(Slice file, int at) {
    if (looksBigEndian(file, at)) {
      return TransferSyntax.EXPLICIT_BIG_ENDIAN;
    }
    return isVr(file, at)
        ? TransferSyntax.EXPLICIT_LITTLE_ENDIAN
        : TransferSyntax.IMPLICIT_LITTLE_ENDIAN;
  }

  /**
   * Whether an element of a low group begins here with a plausible length and, if its group is odd,
   * another one behind it.
   */
  private static boolean looksLikeDataSet(Slice file, int at, long size) {
    if (file.length() - at < 8) {
      return false;
    }
    int group = group(file, at, looksBigEndian(file, at));
    if (group == 0 || group > 0x7fe0) {
      return false;
    }
    if (isVr(file, at)) {
      return true;
    }
    long length = file.i32(at + 4, false) & 0xffff_ffffL;
    return group <= 0x50
        && length <= size - at - 8
        && ((group & 1) == 0 || isFollowed(file, at, (int) length, size));
  }

  /**
   * Whether an element in implicit VR that has a value is followed by one that may follow it. Whole
   * numbers look like group lengths; behind those there is something of their group.
   */
  private static boolean isFollowed(Slice file, int at, int length, long size) {
    if (length == 0 || file.length() - at - 16 < length) {
      return false;
    }
    int next = at + 8 + length;
    int group = file.u16(next, false);
    int element = file.u16(next + 2, false);
    boolean sameGroup = group == file.u16(at, false);
    boolean ascends = sameGroup ? element > file.u16(at + 2, false) : group > file.u16(at, false);
    long nextLength = file.i32(next + 4, false) & 0xffff_ffffL;
    return ascends
        && (sameGroup || file.u16(at + 2, false) != 0)
        && group <= 0x7fe0
        && (length & 1) == 0
        && (nextLength & 1) == 0
        && nextLength <= size - next - 8;
  }

  private static boolean looksBigEndian(Slice file, int at) {
    return isVr(file, at) && file.at(at) == 0 && file.at(at + 1) != 0;
  }

  private static int group(Slice file, int at, boolean bigEndian) {
    return file.length() - at < 8 ? -1 : file.u16(at, bigEndian);
  }

  private static boolean isVr(Slice file, int at) {
    return file.length() - at >= 8 && Vr.of(file.at(at + 4), file.at(at + 5)).isPresent();
  }
}
