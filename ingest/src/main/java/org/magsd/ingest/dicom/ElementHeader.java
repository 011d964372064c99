package org.magsd.ingest.dicom;

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
    if (!explicitVr || !mayBeVr(first, second)) {
      long length = data.i32(at + 4, bigEndian) & 0xffff_ffffL;
      int shortLength = data.u16(at + 6, bigEndian);
      // Blanks or the like instead of a representation make a length that no value has; old
      // toolkits wrote a short one behind them.
      boolean blanked =
          explicitVr
              && isPrintable(first)
              && isPrintable(second)
              && length > end - at - 8
              && shortLength <= end - at - 8;
      return blanked
          ? new ElementHeader(tag, Tag.vrOf(tag), at + 8, shortLength, true)
          : new ElementHeader(tag, Tag.vrOf(tag), at + 8, length, false);
    }
    Vr vr = Vr.of(first, second).orElse(Vr.UN);
    // A representation added to the standard after this was written has a long length (6.2.2);
    // "??" and the like, from old toolkits, have a short one.
    boolean known = Vr.of(first, second).isPresent();
    boolean longLength =
        known
            ? vr.hasLongLength()
            : Vr.areLetters(first, second) && data.u16(at + 6, bigEndian) == 0;
    if (!longLength) {
      return new ElementHeader(tag, vr, at + 8, data.u16(at + 6, bigEndian), true);
    }
    if (Math.min(end, data.length()) - at < 12) {
      throw new DicomException(Tag.format(tag) + " at offset " + at + " ends within its length");
    }
    long length = data.i32(at + 8, bigEndian) & 0xffff_ffffL;
    return new ElementHeader(tag, vr, at + 12, length, true);
  }

  private static boolean isPrintable(int octet) {
    return octet >= ' ' && octet <= '~';
  }

  private static boolean mayBeVr(int first, int second) {
    return Vr.areLetters(first, second) || (first == '?' && second == '?');
  }
}
