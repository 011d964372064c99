package org.magsd.trainer.export;

/** An exported model that does not compute what the trained network computes. */
public final class ExportException extends Exception {
  private static final long serialVersionUID = 1L;

  public ExportException(String message) {
    super(message);
  }
}
