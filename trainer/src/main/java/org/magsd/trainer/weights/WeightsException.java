package org.magsd.trainer.weights;

/** Weights that cannot be read or do not fit the network; the message names what and where. */
public final class WeightsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WeightsException(String message) {
    super(message);
  }

  public WeightsException(String message, Throwable cause) {
    super(message, cause);
  }
}
