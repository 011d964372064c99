package org.magsd.inference.model;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import org.magsd.inference.UserError;

/**
 * Nothing of a hospital's may go to a maker of libraries: ONNX Runtime (from 1.29 on, not on
 * Windows alone) and DJL report what they are used for unless they are told not to.
 */
public final class Telemetry {
  /** ONNX Runtime reads it once, when its library is loaded; then it can no longer be kept back. */
  private static final String VARIABLE = "ORT_DISABLE_TELEMETRY";

  /** Of the C library. */
  interface Environment extends Library {
    int setenv(String name, String value, int overwrite);
  }

  private Telemetry() {}

  /** Keeps DJL from reporting, whichever of its engines comes first. */
  public static void refuseOfDjl() {
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  /**
   * Keeps both from reporting; to be called before the first use of ONNX Runtime. Reading the
   * variable is the only way it offers that covers its start, and Java cannot set one of its own.
   *
   * @throws UserError if the process's environment cannot be changed from here
   */
  static void refuse() {
    refuseOfDjl();
    if (Platform.isWindows() || "1".equals(System.getenv(VARIABLE))) {
      return;
    }
    try {
      if (Native.load(Platform.C_LIBRARY_NAME, Environment.class).setenv(VARIABLE, "1", 1) == 0) {
        return;
      }
    } catch (UnsatisfiedLinkError e) {
      // the same as one that cannot be set
    }
    throw new UserError(
        "cannot keep ONNX Runtime from reporting to its maker; set "
            + VARIABLE
            + "=1 and try again");
  }
}
