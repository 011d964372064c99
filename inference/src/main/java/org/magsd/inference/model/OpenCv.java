package org.magsd.inference.model;

import nu.pattern.OpenCV;
import org.opencv.core.Core;

/**
 * The native image library, loaded on first use and once per process.
 *
 * <p>Its own thread pool is switched off: films are small and many are prepared at the same time,
 * so a pool beside the callers' threads would only take cores away from inference.
 */
public final class OpenCv {
  private OpenCv() {}

  /** Loads the library unless it is loaded; call before the first use of any OpenCV class. */
  public static void load() {
    Loaded.touch();
  }

  private static final class Loaded {
    static {
      OpenCV.loadLocally();
      Core.setNumThreads(1);
    }

    private static void touch() {}
  }
}
