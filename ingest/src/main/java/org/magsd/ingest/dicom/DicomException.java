package org.magsd.ingest.dicom;

/**
 * A DICOM object that cannot be read, decoded or written. The message says what and where (tag,
 * offset, transfer syntax) and never quotes a value that could identify a patient.
 */
public final class DicomException extends Exception {
  private static final long serialVersionUID = 1L;

  public DicomException(String message) {
    super(message);
  }

  public DicomException(String message, Throwable cause) {
    super(message, cause);
  }
}
