package org.magsd.ingest.dicom;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Writes Part 10 files (PS3.10 7): the data set as it was received, behind a correct meta group.
 */
public final class Part10Writer {
  /** Names this implementation (PS3.7 D.3.3.2); derived from a UUID (PS3.5 B.2). */
  public static final String IMPLEMENTATION_CLASS_UID =
      "2.25.234867305187364017845012936472816350192";

  /** At most 16 characters (PS3.7 D.3.3.2.4). */
  public static final String IMPLEMENTATION_VERSION = "MAGSD_0_1";

  private Part10Writer() {}

  /**
   * The preamble and file meta information, after which the data set follows.
   *
   * @param callingAe the application that sent the object, if it came over an association
   */
  public static byte[] header(
      String sopClassUid,
      String sopInstanceUid,
      String transferSyntaxUid,
      Optional<String> callingAe) {
    Attributes rest =
        new AttributesBuilder()
            .bytes(Tag.FILE_META_INFORMATION_VERSION, Vr.OB, new byte[] {0, 1})
            .text(Tag.MEDIA_STORAGE_SOP_CLASS_UID, sopClassUid)
            .text(Tag.MEDIA_STORAGE_SOP_INSTANCE_UID, sopInstanceUid)
            .text(Tag.TRANSFER_SYNTAX_UID, transferSyntaxUid)
            .text(Tag.IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_CLASS_UID)
            .text(Tag.IMPLEMENTATION_VERSION_NAME, IMPLEMENTATION_VERSION)
            .text(Tag.SOURCE_APPLICATION_ENTITY_TITLE, callingAe)
            .build();
    byte[] group = DataSets.write(rest, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    Attributes length =
        new AttributesBuilder()
            .integers(Tag.FILE_META_INFORMATION_GROUP_LENGTH, group.length)
            .build();
    byte[] first = DataSets.write(length, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] header = new byte[132 + first.length + group.length];
    System.arraycopy("DICM".getBytes(StandardCharsets.US_ASCII), 0, header, 128, 4);
    System.arraycopy(first, 0, header, 132, first.length);
    System.arraycopy(group, 0, header, 132 + first.length, group.length);
    return header;
  }

  /** A whole file around the bytes of a data set. */
  public static byte[] file(
      String sopClassUid,
      String sopInstanceUid,
      String transferSyntaxUid,
      Optional<String> callingAe,
      byte[] dataSet) {
    byte[] header = header(sopClassUid, sopInstanceUid, transferSyntaxUid, callingAe);
    byte[] file = Arrays.copyOf(header, header.length + dataSet.length);
    System.arraycopy(dataSet, 0, file, header.length, dataSet.length);
    return file;
  }
}
