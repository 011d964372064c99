package org.magsd.inference;

/**
 * A mistake the user can mend: a missing file, an unreadable setting. Its message names what and
 * where; it is printed alone, without a stack trace, and the command ends with exit code 1.
 */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UserError(String message) {
    super(message);
  }

  public UserError(String message, Throwable cause) {
    super(message, cause);
  }
}
