package org.magsd.ingest.receive;

import java.util.Optional;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
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

  private static String uid(String name, Optional<String> value) throws DicomException {
    String uid =
        value.map(String::strip).orElseThrow(() -> new DicomException(name + " is missing"));
    if (!Uids.isWellFormed(uid)) {
      throw new DicomException(name + " is not a UID");
    }
    return uid;
  }
}
