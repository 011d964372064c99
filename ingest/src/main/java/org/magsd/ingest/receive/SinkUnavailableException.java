package org.magsd.ingest.receive;

/** The place instances go to cannot take one now; trying again later is right. */
public final class SinkUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SinkUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
