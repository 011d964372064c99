package org.magsd.ingest.dicom;

import java.nio.file.Path;
import java.util.Optional;
import org.magsd.ingest.image.StoredFrame;

/**
 * Where DICOM objects are read and their pixels decoded; the seam behind which another toolkit can
 * stand.
 */
public interface DicomProvider {
  /** Elements of one object, those in sequences and items counted too. */
  int MAX_ELEMENTS = 1_000_000;

  /** What an element takes while it is read: measured on a million empty ones. */
  int BYTES_PER_ELEMENT = 160;

  /** The provider of this module. */
  static DicomProvider builtIn() {
    return new BuiltInProvider();
  }

  /**
   * Reads the header of a Part 10 file held in memory, or of a bare data set. The array is kept,
   * not copied; the pixels are not looked at.
   */
  default DicomInstance parse(byte[] part10) throws DicomException {
    return parse(part10, MAX_ELEMENTS)
        .orElseThrow(() -> new DicomException("more than " + MAX_ELEMENTS + " elements"));
  }

  /**
   * The same, as far as it has no more elements than so many, each of which takes up to {@value
   * #BYTES_PER_ELEMENT} bytes of memory beside the array.
   *
   * @param mostElements {@value #MAX_ELEMENTS} at most
   * @return empty if there are more
   */
  Optional<DicomInstance> parse(byte[] part10, int mostElements) throws DicomException;

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
