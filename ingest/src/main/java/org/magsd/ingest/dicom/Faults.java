package org.magsd.ingest.dicom;

/** Exceptions as logs may tell of them: their messages may quote what a header says. */
public final class Faults {
  private Faults() {}

  /** The classes of the exception and of its first cause, and where in our code it came up. */
  public static String where(Throwable failure) {
    Throwable first = failure;
    for (int depth = 0; first.getCause() != null && depth < 20; depth++) {
      first = first.getCause();
    }
    String classes =
        first == failure
            ? failure.getClass().getName()
            : failure.getClass().getName() + " by " + first.getClass().getName();
    for (StackTraceElement frame : first.getStackTrace()) {
      if (frame.getClassName().startsWith("org.magsd.")) {
        return classes + " at " + frame.getFileName() + ":" + frame.getLineNumber();
      }
    }
    return classes;
  }
}
