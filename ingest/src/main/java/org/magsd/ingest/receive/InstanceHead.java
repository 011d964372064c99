package org.magsd.ingest.receive;

import java.util.Optional;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Uid;

/** What a receiver must know of a file to pass it on: its UIDs, out of the data set itself. */
record InstanceHead(String studyInstanceUid, String sopClassUid, String sopInstanceUid) {

  /**
   * Of a file, whose meta group may name what its data set does not.
   *
   * @throws DicomException when it lacks one of the UIDs
   */
  static InstanceHead of(DicomInstance instance) throws DicomException {
    return new InstanceHead(
        uid("StudyInstanceUID (0020,000D)", instance.studyInstanceUid()),
        uid("SOPClassUID (0008,0016)", instance.sopClassUid()),
        uid("SOPInstanceUID (0008,0018)", instance.sopInstanceUid()));
  }

  /**
   * Of a data set alone.
   *
   * @throws DicomException when it lacks one of the UIDs
   */
  static InstanceHead of(Attributes dataSet) throws DicomException {
    return new InstanceHead(
        uid("StudyInstanceUID (0020,000D)", dataSet.text(Tag.STUDY_INSTANCE_UID)),
        uid("SOPClassUID (0008,0016)", dataSet.text(Tag.SOP_CLASS_UID)),
        uid("SOPInstanceUID (0008,0018)", dataSet.text(Tag.SOP_INSTANCE_UID)));
  }

  /** The same of an instance without a file; empty where a UID is missing. */
  static Optional<InstanceHead> ofJson(Attributes header) {
    try {
      return Optional.of(of(header));
    } catch (DicomException e) {
      return Optional.empty();
    }
  }

  private static String uid(String name, Optional<String> value) throws DicomException {
    String uid =
        value.map(String::strip).orElseThrow(() -> new DicomException(name + " is missing"));
    if (!Uid.isUsable(uid)) {
      throw new DicomException(name + " is not a UID");
    }
    return uid;
  }
}
