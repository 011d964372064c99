package org.magsd.ingest.receive;

import java.util.Optional;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.net.Uids;

/** What a receiver must know of a file to pass it on: its UIDs, out of the data set itself. */
record InstanceHead(
    String studyInstanceUid, String sopClassUid, String sopInstanceUid, String transferSyntaxUid) {

  /**
   * @throws DicomException when the file cannot be read or lacks one of the UIDs
   */
  static InstanceHead of(DicomProvider provider, byte[] part10) throws DicomException {
    DicomInstance instance = provider.parse(part10);
    return new InstanceHead(
        uid("StudyInstanceUID (0020,000D)", instance.studyInstanceUid()),
        uid("SOPClassUID (0008,0016)", instance.sopClassUid()),
        uid("SOPInstanceUID (0008,0018)", instance.sopInstanceUid()),
        instance.transferSyntaxUid());
  }

  /** The same of an instance without a file; empty where a UID is missing. */
  static Optional<InstanceHead> ofJson(Attributes header) {
    try {
      return Optional.of(
          new InstanceHead(
              uid("StudyInstanceUID (0020,000D)", header.text(Tag.STUDY_INSTANCE_UID)),
              uid("SOPClassUID (0008,0016)", header.text(Tag.SOP_CLASS_UID)),
              uid("SOPInstanceUID (0008,0018)", header.text(Tag.SOP_INSTANCE_UID)),
              TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID));
    } catch (DicomException e) {
      return Optional.empty();
    }
  }

  private static String uid(String name, Optional<String> value) throws DicomException {
    String uid =
        value.map(String::strip).orElseThrow(() -> new DicomException(name + " is missing"));
    if (!Uids.isWellFormed(uid)) {
      throw new DicomException(name + " is not a UID");
    }
    return uid;
  }
}
