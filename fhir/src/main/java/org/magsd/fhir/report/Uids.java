package org.magsd.fhir.report;

import java.util.regex.Pattern;

/** DICOM unique identifiers (PS3.5 section 9), as far as a FHIR {@code id} can hold them. */
final class Uids {
  /** Wider than PS3.5: files with letters in a UID exist, and FHIR can carry them. */
  private static final Pattern CARRIABLE = Pattern.compile("[A-Za-z0-9.-]{1,64}");

  private Uids() {}

  static void require(String what, String uid) {
    if (uid == null || !CARRIABLE.matcher(uid).matches()) {
      throw new IllegalArgumentException(
          what
              + " is "
              + (uid == null || uid.isEmpty() ? "missing" : "not a UID of 1..64 characters"));
    }
  }
}
