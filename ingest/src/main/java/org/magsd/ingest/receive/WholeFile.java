package org.magsd.ingest.receive;

import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.Slice;

/**
 * Refuses an object that was cut short, as half a file is, whether it is still being copied or was
 * sent by somebody who did not look: reading stops at the pixels, so its header is as good as any
 * other's. All receivers do so, since a sender who is told can send again. Proof is needed; what is
 * merely strange, an image without pixels say, is for whoever decodes it to judge. A deflated data
 * set has its end only where it has been unfolded to, which costs time: no more of it is looked at
 * than a film unfolds into.
 */
final class WholeFile {
  private WholeFile() {}

  /**
   * Returns if nothing shows that there should be more of the file.
   *
   * @param instance as read from it
   * @throws DicomException if something does
   */
  static void require(byte[] file, DicomInstance instance) throws DicomException {
    if (!instance.transferSyntax().deflated()) {
      instance.requireWhole();
    } else if (breaksOff(file, instance.dataSetOffset())) {
      throw new DicomException("the object ends before its deflated data set does");
    }
  }

  private static boolean breaksOff(byte[] file, int start) {
    try {
      return DataSets.breaksOff(new Slice(file, start, file.length - start));
    } catch (DicomException damaged) {
      return false; // damaged it is, which is for its reader to say, but not cut off
    }
  }
}
