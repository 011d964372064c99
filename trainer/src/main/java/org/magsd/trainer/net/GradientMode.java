package org.magsd.trainer.net;

import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

/**
 * Whether the engine records operations for the backward pass. The engine keeps this per thread,
 * and a thread that never said otherwise records.
 */
public final class GradientMode {
  private GradientMode() {}

  /** Runs {@code work} with its operations recorded. */
  public static <T> T recording(Supplier<T> work) {
    return with(true, work);
  }

  /** Runs {@code work} with nothing recorded. */
  public static <T> T off(Supplier<T> work) {
    return with(false, work);
  }

  /** Runs {@code work} with nothing recorded. */
  public static void off(Runnable work) {
    with(
        false,
        () -> {
          work.run();
          return null;
        });
  }

  private static <T> T with(boolean recording, Supplier<T> work) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(recording);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }
}
