package org.magsd.ingest.dicom;

import java.nio.file.Path;
import org.magsd.ingest.image.StoredFrame;

/**
 * Where DICOM objects are read and their pixels decoded; the seam behind which another toolkit can
 * stand.
 */
public interface DicomProvider {

  /** The provider of this module. */
  static DicomProvider builtIn() {
    return new BuiltInProvider();
  }

  /**
   * Reads the header of a Part 10 file held in memory, or of a bare data set. The array is kept,
   * not copied; the pixels are not looked at.
   */
  DicomInstance parse(byte[] part10) throws DicomException;

  /**
   * Reads the header of a file, and no more of the file than that; the pixels are read when they
   * are decoded.
   */
  DicomInstance parse(Path file) throws DicomException;

  /**
   * Decodes one frame to its stored values.
   *
   * @param frame counted from 0
   */
  StoredFrame decode(DicomInstance instance, int frame) throws DicomException;
}
