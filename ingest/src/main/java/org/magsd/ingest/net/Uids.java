package org.magsd.ingest.net;

/** Unique identifiers of PS3.6 Annex A that the network layer acts on, and the project's own. */
public final class Uids {
  public static final String VERIFICATION = "1.2.840.10008.1.1";
  public static final String STORAGE_COMMITMENT_PUSH = "1.2.840.10008.1.20.1";
  public static final String STORAGE_COMMITMENT_PUSH_INSTANCE = "1.2.840.10008.1.20.1.1";

  private static final String STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1.";
  private static final String TRANSFER_SYNTAX_ROOT = "1.2.840.10008.1.2";
  private static final String OTHER_ENCODINGS = "1.2.840.10008.1.2.6.";

  /** SMPTE ST 2110: video and its metadata as they are broadcast, which nobody stores. */
  private static final String REAL_TIME = "1.2.840.10008.1.2.7.";

  private Uids() {}

  /** Whether a SOP class is one of the standard's storage classes. */
  static boolean isStandardStorage(String sopClass) {
    return sopClass.startsWith(STORAGE_ROOT);
  }

  /** Whether a UID is a transfer syntax of the standard that encodes a DICOM data set. */
  static boolean isTransferSyntax(String uid) {
    return (uid.equals(TRANSFER_SYNTAX_ROOT) || uid.startsWith(TRANSFER_SYNTAX_ROOT + "."))
        && !uid.startsWith(OTHER_ENCODINGS)
        && !uid.startsWith(REAL_TIME);
  }
}
