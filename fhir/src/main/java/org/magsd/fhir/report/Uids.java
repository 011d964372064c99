package org.magsd.fhir.report;

import java.util.regex.Pattern;

/** What counts as a DICOM unique identifier (PS3.5 section 9), wherever reports are handled. */
public final class Uids {
  private static final Pattern DIGITS_AND_DOTS = Pattern.compile("[0-9.]{1,64}");
  private static final Pattern OID = Pattern.compile("[0-2](\\.(0|[1-9][0-9]*))+");
  private static final Pattern UUID =
      Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  private Uids() {}

  /**
   * Whether a text identifies and is safe to log: digits and dots, at most 64 (leading zeros and
   * empty components are let through), or a bare UUID, as some de-identifying tools write.
   */
  public static boolean isUid(String text) {
    return DIGITS_AND_DOTS.matcher(text).matches() || isUuid(text);
  }

  /** Without leading zeros and empty components: fit for {@code urn:oid:}. */
  public static boolean isOid(String text) {
    return OID.matcher(text).matches();
  }

  public static boolean isUuid(String text) {
    return UUID.matcher(text).matches();
  }

  static void require(String what, String uid) {
    if (uid == null || !isUid(uid)) {
      throw new IllegalArgumentException(
          what + " is " + (uid == null || uid.isEmpty() ? "missing" : "not a UID"));
    }
  }
}
