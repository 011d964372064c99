package org.magsd.inference;

/**
 * A mistake the user can mend: a missing file, an unreadable setting. Its message names what and
 * where; it is printed alone, without a stack trace, and the command ends with exit code 1, or 2
 * where the configuration is wrong, as for wrong usage: trying again is of no use then.
 */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int FAILED = 1;
  private static final int WRONG_CONFIGURATION = 2;

  private final int exitCode;

  public UserError(String message) {
    this(message, null);
  }

  public UserError(String message, Throwable cause) {
    this(message, cause, FAILED);
  }

  private UserError(String message, Throwable cause, int exitCode) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The service's configuration is at fault, whatever the world around it is like. */
  public static UserError inConfiguration(String message, Throwable cause) {
    return new UserError(message, cause, WRONG_CONFIGURATION);
  }

  public int exitCode() {
    return exitCode;
  }
}
