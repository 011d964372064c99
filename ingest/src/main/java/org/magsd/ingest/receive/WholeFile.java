package org.magsd.ingest.receive;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;

/**
 * Refuses an object that was cut short, as half a file is, whether it is still being copied or was
 * sent by somebody who did not look: reading stops at the pixels, so its header is as good as any
 * other's. All receivers do so, since a sender who is told can send again. Proof is needed; what is
 * merely strange, an image without pixels say, is for whoever decodes it to judge.
 */
final class WholeFile {
  /**
   * A deflated data set has its end only where it has been unfolded to, which costs time: so much
   * of it is looked at, and no more than a film unfolds into; what goes on beyond counts as whole.
   */
  private static final long MOST_UNFOLDED = 64L << 20;

  private static final int MOST_TIMES = 32;

  private static final int PIECE = 64 << 10;

  private WholeFile() {}

  /**
   * Returns if nothing shows that there should be more of the file.
   *
   * @param instance as read from it
   * @throws DicomException if something does
   */
  static void require(byte[] file, DicomInstance instance) throws DicomException {
    if (instance.transferSyntax().deflated()) {
      if (!endsDeflated(file, instance.dataSetOffset())) {
        throw new DicomException("the object ends before its deflated data set does");
      }
    } else if (instance.isCutShort()) {
      throw new DicomException("the object ends before its pixel data do");
    }
  }

  /** Unfolds the data set piece by piece, keeping none; some writers leave the zlib header on. */
  private static boolean endsDeflated(byte[] file, int start) {
    int length = file.length - start;
    boolean wrapped =
        length > 2
            && file[start] == 0x78
            && ((file[start] & 0xff) << 8 | (file[start + 1] & 0xff)) % 31 == 0;
    long most = Math.min(MOST_UNFOLDED, (long) MOST_TIMES * length);
    Inflater inflater = new Inflater(!wrapped);
    try {
      inflater.setInput(file, start, length);
      byte[] piece = new byte[PIECE];
      while (!inflater.finished() && inflater.getBytesWritten() < most) {
        if (inflater.inflate(piece) == 0 && inflater.needsInput()) {
          return false;
        }
      }
      return true;
    } catch (DataFormatException damaged) {
      return true; // damaged it is, which is for its reader to say, but not cut off
    } finally {
      inflater.end();
    }
  }
}
