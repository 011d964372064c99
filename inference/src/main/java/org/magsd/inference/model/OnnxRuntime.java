package org.magsd.inference.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;

/** The process's one ONNX Runtime environment, for those who use the bare runtime beside DJL. */
public final class OnnxRuntime {
  private static final String ENGINE = "OnnxRuntime";

  static {
    Telemetry.refuse();
    // For array operations that ONNX Runtime has none of, DJL would load the training engine where
    // the class path has it, which takes 100 MB. Nothing here asks for such operations.
    System.setProperty("ai.djl.onnx.disable_alternative", "true");
  }

  private OnnxRuntime() {}

  /**
   * A model without content. For DJL its device is always the CPU: inputs and outputs are host
   * memory. With a GPU device DJL would add a second CUDA provider with its own defaults.
   */
  static Model model(String name) {
    return Model.newInstance(name, Device.cpu(), ENGINE);
  }

  /**
   * The environment. DJL's engine must make it: it asks for a thread pool, which only the first to
   * create the environment may do; after a bare {@code OrtEnvironment.getEnvironment()} DJL fails.
   */
  public static OrtEnvironment environment() {
    Engine.getEngine(ENGINE);
    return OrtEnvironment.getEnvironment();
  }
}
