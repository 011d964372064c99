package org.magsd.inference.model;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;

/** The process's one ONNX Runtime environment, for those who use the bare runtime beside DJL. */
public final class OnnxRuntime {
  static final String ENGINE = "OnnxRuntime";

  private OnnxRuntime() {}

  /**
   * The environment. DJL's engine must make it: it asks for a thread pool, which only the first to
   * create the environment may do; after a bare {@code OrtEnvironment.getEnvironment()} DJL fails.
   */
  public static OrtEnvironment environment() {
    Engine.getEngine(ENGINE);
    return OrtEnvironment.getEnvironment();
  }
}
