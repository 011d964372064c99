package org.magsd.ingest.dicom;

import java.util.Map;

/**
 * How a data set is written (PS3.5 10 and annex A): value representations explicit or implied, byte
 * order, deflated, pixel data native or encapsulated.
 *
 * @param uid the transfer syntax UID
 * @param explicitVr whether each element carries its value representation
 * @param bigEndian the byte order of the data set
 * @param deflated whether the data set is a raw deflate stream
 * @param pixels how pixel data are coded
 */
public record TransferSyntax(
    String uid, boolean explicitVr, boolean bigEndian, boolean deflated, Coding pixels) {

  /** Codings of pixel data. */
  public enum Coding {
    NATIVE,
    /** 16-bit pixels of the other byte order than the data set (GE private 1.2.840.113619.5.2). */
    NATIVE_BIG_ENDIAN,
    /** Plain pixels, each frame in a fragment (PS3.5 A.4.11). */
    NATIVE_FRAGMENTS,
    /** The same, each frame a raw deflate stream (PS3.5 A.4.13). */
    DEFLATED_FRAMES,
    RLE,
    JPEG,
    JPEG_LS,
    JPEG_2000,
    UNSUPPORTED
  }

  public static final String IMPLICIT_LITTLE_ENDIAN_UID = "1.2.840.10008.1.2";
  public static final String EXPLICIT_LITTLE_ENDIAN_UID = "1.2.840.10008.1.2.1";
  public static final String EXPLICIT_BIG_ENDIAN_UID = "1.2.840.10008.1.2.2";
  public static final String DEFLATED_UID = "1.2.840.10008.1.2.1.99";
  public static final String NATIVE_FRAGMENTS_UID = "1.2.840.10008.1.2.1.98";
  private static final String DEFLATED_FRAMES_UID = "1.2.840.10008.1.2.8.1";
  public static final String RLE_UID = "1.2.840.10008.1.2.5";

  public static final TransferSyntax IMPLICIT_LITTLE_ENDIAN =
      new TransferSyntax(IMPLICIT_LITTLE_ENDIAN_UID, false, false, false, Coding.NATIVE);
  public static final TransferSyntax EXPLICIT_LITTLE_ENDIAN =
      new TransferSyntax(EXPLICIT_LITTLE_ENDIAN_UID, true, false, false, Coding.NATIVE);
  public static final TransferSyntax EXPLICIT_BIG_ENDIAN =
      new TransferSyntax(EXPLICIT_BIG_ENDIAN_UID, true, true, false, Coding.NATIVE);
  public static final TransferSyntax DEFLATED =
      new TransferSyntax(DEFLATED_UID, true, false, true, Coding.NATIVE);

  /** Pixels that lie elsewhere, behind a deflated data set (PS3.5 A.7). */
  private static final String JPIP_DEFLATED_UID = "1.2.840.10008.1.2.4.95";

  private static final String JPIP_HTJ2K_DEFLATED_UID = "1.2.840.10008.1.2.4.205";

  private static final String JPEG_FAMILY = "1.2.840.10008.1.2.4.";

  private static final Map<String, TransferSyntax> KNOWN =
      Map.of(
          IMPLICIT_LITTLE_ENDIAN_UID,
          IMPLICIT_LITTLE_ENDIAN,
          EXPLICIT_LITTLE_ENDIAN_UID,
          EXPLICIT_LITTLE_ENDIAN,
          EXPLICIT_BIG_ENDIAN_UID,
          EXPLICIT_BIG_ENDIAN,
          DEFLATED_UID,
          DEFLATED,
          "1.2.840.113619.5.2",
          new TransferSyntax("1.2.840.113619.5.2", false, false, false, Coding.NATIVE_BIG_ENDIAN),
          JPIP_DEFLATED_UID,
          new TransferSyntax(JPIP_DEFLATED_UID, true, false, true, Coding.UNSUPPORTED),
          JPIP_HTJ2K_DEFLATED_UID,
          new TransferSyntax(JPIP_HTJ2K_DEFLATED_UID, true, false, true, Coding.UNSUPPORTED));

  /**
   * The syntax of a UID. One that is not known is taken as explicit little endian with pixel data
   * that cannot be decoded, as nearly every syntax added since 1993 has been.
   */
  public static TransferSyntax of(String uid) {
    TransferSyntax known = KNOWN.get(uid);
    return known != null ? known : new TransferSyntax(uid, true, false, false, codingOf(uid));
  }

  private static Coding codingOf(String uid) {
    if (uid.equals(RLE_UID)) {
      return Coding.RLE;
    }
    if (uid.equals(NATIVE_FRAGMENTS_UID)) {
      return Coding.NATIVE_FRAGMENTS;
    }
    if (uid.equals(DEFLATED_FRAMES_UID)) {
      return Coding.DEFLATED_FRAMES;
    }
    if (!uid.startsWith(JPEG_FAMILY)) {
      return Coding.UNSUPPORTED;
    }
    return switch (uid.substring(JPEG_FAMILY.length())) {
      // Processes 1, 2 & 4, 6 & 8, 10 & 12 (retired), 14, 14 selection value 1.
      case "50", "51", "53", "55", "57", "70" -> Coding.JPEG;
      case "80", "81" -> Coding.JPEG_LS;
      // The last three high-throughput.
      case "90", "91", "201", "202", "203" -> Coding.JPEG_2000;
      default -> Coding.UNSUPPORTED;
    };
  }

  /** Whether pixel data are encapsulated in fragments (PS3.5 A.4). */
  public boolean encapsulated() {
    return pixels != Coding.NATIVE && pixels != Coding.NATIVE_BIG_ENDIAN;
  }
}
