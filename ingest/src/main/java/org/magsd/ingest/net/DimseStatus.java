package org.magsd.ingest.net;

/**
 * The outcome of an operation, as the sender learns it (PS3.7 Annex C; PS3.4 B.2.3 for storage).
 *
 * @param code of two bytes
 * @param comment for people, at most 64 characters are sent; no patient data
 */
public record DimseStatus(int code, String comment) {
  public static final DimseStatus SUCCESS = new DimseStatus(0x0000, "");
  public static final int PROCESSING_FAILURE = 0x0110;
  public static final int NO_SUCH_INSTANCE = 0x0112;
  public static final int INVALID_INSTANCE = 0x0117;
  public static final int NO_SUCH_CLASS = 0x0118;
  public static final int CLASS_INSTANCE_CONFLICT = 0x0119;
  public static final int CLASS_NOT_SUPPORTED = 0x0122;
  public static final int NO_SUCH_ACTION = 0x0123;
  public static final int INVALID_ARGUMENT = 0x0115;
  public static final int RESOURCE_LIMITATION = 0x0213;
  public static final int UNRECOGNIZED_OPERATION = 0x0211;
  public static final int MISTYPED_ARGUMENT = 0x0212;

  private static final int OUT_OF_RESOURCES = 0xa700;
  private static final int DATA_SET_MISMATCH = 0xa900;
  private static final int CANNOT_UNDERSTAND = 0xc000;

  /** A700: the sender may try again later. */
  public static DimseStatus outOfResources(String comment) {
    return new DimseStatus(OUT_OF_RESOURCES, comment);
  }

  /** A900: the data set is not of the SOP class and instance the command named. */
  public static DimseStatus mismatch(String comment) {
    return new DimseStatus(DATA_SET_MISMATCH, comment);
  }

  /** C000: the data set cannot be read, or lacks what is needed to keep it. */
  public static DimseStatus cannotUnderstand(String comment) {
    return new DimseStatus(CANNOT_UNDERSTAND, comment);
  }

  public boolean isSuccess() {
    return code == 0;
  }

  /** Success, or stored with a warning (B000 to BFFF; 0001, 0107 and 0116 in general). */
  static boolean isStored(int code) {
    return code == 0
        || (code & 0xf000) == 0xb000
        || code == 0x0001
        || code == 0x0107
        || code == 0x0116;
  }

  /** Refused for want of resources (A7xx): trying again later may help. */
  static boolean isTransient(int code) {
    return (code & 0xff00) == OUT_OF_RESOURCES;
  }
}
