package org.magsd.ingest.dicom;

import java.util.Optional;

/** Value representations (PS3.5 6.2) with what a reader has to know of each. */
public enum Vr {
  AE(Form.SHORT, Kind.TEXT, 1),
  AS(Form.SHORT, Kind.TEXT, 1),
  AT(Form.SHORT, Kind.BINARY, 2),
  CS(Form.SHORT, Kind.TEXT, 1),
  DA(Form.SHORT, Kind.TEXT, 1),
  DS(Form.SHORT, Kind.TEXT, 1),
  DT(Form.SHORT, Kind.TEXT, 1),
  FD(Form.SHORT, Kind.BINARY, 8),
  FL(Form.SHORT, Kind.BINARY, 4),
  IS(Form.SHORT, Kind.TEXT, 1),
  LO(Form.SHORT, Kind.LOCAL_TEXT, 1),
  LT(Form.SHORT, Kind.LOCAL_PROSE, 1),
  OB(Form.LONG, Kind.BINARY, 1),
  OD(Form.LONG, Kind.BINARY, 8),
  OF(Form.LONG, Kind.BINARY, 4),
  OL(Form.LONG, Kind.BINARY, 4),
  OV(Form.LONG, Kind.BINARY, 8),
  OW(Form.LONG, Kind.BINARY, 2),
  PN(Form.SHORT, Kind.LOCAL_TEXT, 1),
  SH(Form.SHORT, Kind.LOCAL_TEXT, 1),
  SL(Form.SHORT, Kind.BINARY, 4),
  SQ(Form.LONG, Kind.ITEMS, 1),
  SS(Form.SHORT, Kind.BINARY, 2),
  ST(Form.SHORT, Kind.LOCAL_PROSE, 1),
  SV(Form.LONG, Kind.BINARY, 8),
  TM(Form.SHORT, Kind.TEXT, 1),
  UC(Form.LONG, Kind.LOCAL_TEXT, 1),
  UI(Form.SHORT, Kind.TEXT, 1),
  UL(Form.SHORT, Kind.BINARY, 4),
  UN(Form.LONG, Kind.BINARY, 1),
  UR(Form.LONG, Kind.PROSE, 1),
  US(Form.SHORT, Kind.BINARY, 2),
  UT(Form.LONG, Kind.LOCAL_PROSE, 1),
  UV(Form.LONG, Kind.BINARY, 8);

  private enum Form {
    SHORT,
    LONG
  }

  private enum Kind {
    /** ASCII text, values separated by backslashes. */
    TEXT,
    /** ASCII text, one value. */
    PROSE,
    /** Text in the data set's character set, values separated by backslashes. */
    LOCAL_TEXT,
    /** Text in the data set's character set, one value. */
    LOCAL_PROSE,
    BINARY,
    ITEMS
  }

  private final Form form;
  private final Kind kind;
  private final int unit;

  Vr(Form form, Kind kind, int unit) {
    this.form = form;
    this.kind = kind;
    this.unit = unit;
  }

  /** Whether explicit encodings write a 32-bit length after two reserved bytes (PS3.5 7.1.2). */
  boolean hasLongLength() {
    return form == Form.LONG;
  }

  /** Bytes that change places between little and big endian. */
  int unit() {
    return unit;
  }

  boolean isText() {
    return kind != Kind.BINARY && kind != Kind.ITEMS;
  }

  /** Whether Specific Character Set applies (PS3.5 6.1.2.3). */
  boolean isLocalText() {
    return kind == Kind.LOCAL_TEXT || kind == Kind.LOCAL_PROSE;
  }

  /** Whether a backslash separates values; in prose it is an ordinary character. */
  boolean isMultiValued() {
    return kind == Kind.TEXT || kind == Kind.LOCAL_TEXT;
  }

  /** The padding byte that makes a value's length even (PS3.5 6.2). */
  byte padding() {
    return isText() && this != UI ? (byte) ' ' : 0;
  }

  private static final Vr[] BY_CODE = new Vr[26 * 26];

  static {
    for (Vr vr : values()) {
      BY_CODE[(vr.name().charAt(0) - 'A') * 26 + vr.name().charAt(1) - 'A'] = vr;
    }
  }

  /** The representation of two code letters, if there is one. */
  static Optional<Vr> of(int first, int second) {
    return areLetters(first, second)
        ? Optional.ofNullable(BY_CODE[(first - 'A') * 26 + second - 'A'])
        : Optional.empty();
  }

  static boolean areLetters(int first, int second) {
    return first >= 'A' && first <= 'Z' && second >= 'A' && second <= 'Z';
  }
}
