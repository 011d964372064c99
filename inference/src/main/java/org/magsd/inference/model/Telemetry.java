package org.magsd.inference.model;

import com.sun.jna.Platform;

/**
 * Nothing of a hospital's may go to a maker of libraries: ONNX Runtime (from 1.29 on, not on
 * Windows alone) and DJL report what they are used for unless they are told not to.
 */
public final class Telemetry {
  /** ONNX Runtime reads it once, when its library is loaded; then it can no longer be kept back. */
  private static final String VARIABLE = "ORT_DISABLE_TELEMETRY";

  private Telemetry() {}

  /** Keeps DJL from reporting, whichever of its engines comes first. */
  public static void refuseOfDjl() {
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  /**
   * Keeps both from reporting; to be called before the first use of ONNX Runtime. Reading the
   * variable is the only way it offers that covers its start, and Java cannot set one of its own.
   *
   * @throws org.magsd.inference.UserError if the process's environment cannot be changed from here
   */
  static void refuse() {
    refuseOfDjl();
    if (Platform.isWindows() || "1".equals(System.getenv(VARIABLE))) {
      return;
    }
    ProcessEnvironment.set(VARIABLE, "1", "keep ONNX Runtime from reporting to its maker");
  }
}
