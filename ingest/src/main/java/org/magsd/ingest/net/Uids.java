package org.magsd.ingest.net;

import java.util.regex.Pattern;

/** Unique identifiers of PS3.6 Annex A that the network layer acts on, and the project's own. */
public final class Uids {
  public static final String VERIFICATION = "1.2.840.10008.1.1";
  public static final String STORAGE_COMMITMENT_PUSH = "1.2.840.10008.1.20.1";
  public static final String STORAGE_COMMITMENT_PUSH_INSTANCE = "1.2.840.10008.1.20.1.1";

  private static final String STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1.";
  private static final String TRANSFER_SYNTAX_ROOT = "1.2.840.10008.1.2";
  private static final String OTHER_ENCODINGS = "1.2.840.10008.1.2.6.";
  private static final int LONGEST = 64;
  private static final Pattern USABLE =
      Pattern.compile("[0-9.]+|\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  private Uids() {}

  /** Whether a SOP class is one of the standard's storage classes. */
  static boolean isStandardStorage(String sopClass) {
    return sopClass.startsWith(STORAGE_ROOT);
  }

  /** Whether a UID is a transfer syntax of the standard that encodes a DICOM data set. */
  static boolean isTransferSyntax(String uid) {
    return (uid.equals(TRANSFER_SYNTAX_ROOT) || uid.startsWith(TRANSFER_SYNTAX_ROOT + "."))
        && !uid.startsWith(OTHER_ENCODINGS);
  }

  /**
   * Whether a UID identifies and is safe to pass on and to log: digits and dots, at most 64
   * (leading zeros are let through), or a bare UUID, as some de-identifying tools write.
   */
  public static boolean isWellFormed(String uid) {
    return uid.length() <= LONGEST && USABLE.matcher(uid).matches();
  }
}
