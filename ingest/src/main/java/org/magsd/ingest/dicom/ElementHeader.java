package org.magsd.ingest.dicom;

import java.util.Optional;

/**
 * Tag, representation and length of an element (PS3.5 7.1.2, 7.1.3).
 *
 * @param tag the tag
 * @param vr as written, or the dictionary's
 * @param valueOffset where the value begins
 * @param length unsigned 32 bits, 0xFFFFFFFF where undefined
 * @param explicitVr whether the element carried its representation
 */
record ElementHeader(int tag, Vr vr, int valueOffset, long length, boolean explicitVr) {

  /**
   * Reads the header at an offset behind which there are at least eight bytes.
   *
   * @param end where the value has to end at the latest; beyond the data where these are only the
   *     beginning of a file
   */
  static ElementHeader read(
      Slice data, int at, long end, int tag, boolean explicitVr, boolean bigEndian)
      throws DicomException {
    int first = data.at(at + 4);
    int second = data.at(at + 5);
    Optional<Vr> vr = explicitVr ? Vr.of(first, second) : Optional.empty();
    int shortLength = data.u16(at + 6, bigEndian);
    if (vr.isPresent()) {
      return vr.get().hasLongLength()
          ? withLongLength(data, at, end, tag, vr.get(), bigEndian)
          : new ElementHeader(tag, vr.get(), at + 8, shortLength, true);
    }
    if (explicitVr && Vr.areLetters(first, second)) {
      // A representation added to the standard after this was written has a long length (6.2.2).
      return shortLength == 0 && !isElement(data, at + 8, tag, bigEndian)
          ? withLongLength(data, at, end, tag, Vr.UN, bigEndian)
          : new ElementHeader(tag, Vr.UN, at + 8, shortLength, true);
    }
    long length = data.i32(at + 4, bigEndian) & 0xffff_ffffL;
    // "??", blanks, zeros and the like come before a short length, and make a long one that no
    // value has.
    boolean unsaid =
        explicitVr
            && length != 0xffff_ffffL
            && shortLength <= end - at - 8
            && (length > end - at - 8 || endsShort(data, at, tag, bigEndian));
    boolean questioned = explicitVr && first == '?' && second == '?';
    return unsaid || questioned
        ? new ElementHeader(tag, Tag.vrOf(tag), at + 8, shortLength, true)
        : new ElementHeader(tag, Tag.vrOf(tag), at + 8, length, false);
  }

  /**
   * Whether of two zeros and a length these two bytes are the length, and not all four: an element
   * follows there and not here.
   */
  private static boolean endsShort(Slice data, int at, int tag, boolean bigEndian) {
    boolean zeros = data.at(at + 4) == 0 && data.at(at + 5) == 0;
    int value = at + 8;
    return zeros
        && isElement(data, value + data.u16(at + 6, bigEndian), tag, bigEndian)
        && !isElement(data, value + data.i32(at + 4, bigEndian), tag, bigEndian);
  }

  private static ElementHeader withLongLength(
      Slice data, int at, long end, int tag, Vr vr, boolean bigEndian) throws DicomException {
    if (Math.min(end, data.length()) - at < 12) {
      throw new DicomException(Tag.format(tag) + " at offset " + at + " ends within its length");
    }
    long length = data.i32(at + 8, bigEndian) & 0xffff_ffffL;
    return new ElementHeader(tag, vr, at + 12, length, true);
  }

  /** Whether an element with a known representation begins here that may follow a tag. */
  private static boolean isElement(Slice data, int at, int previous, boolean bigEndian) {
    if (data.length() - at < 8) {
      return false;
    }
    int tag = data.u16(at, bigEndian) << 16 | data.u16(at + 2, bigEndian);
    return Integer.compareUnsigned(tag, previous) > 0
        && Vr.of(data.at(at + 4), data.at(at + 5)).isPresent();
  }
}
