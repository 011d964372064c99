package org.magsd.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** DJL picks engines from the class path by name; what serves must not find the trainer's. */
class ServingClassPathTest {
  @Test
  void holdsTheOnnxEngine() throws ClassNotFoundException {
    assertThat(engine("ai.djl.onnxruntime.engine.OrtEngineProvider")).isNotNull();
  }

  @Test
  void lacksThePytorchEngine() {
    assertThatThrownBy(() -> engine("ai.djl.pytorch.engine.PtEngineProvider"))
        .isInstanceOf(ClassNotFoundException.class);
  }

  private static Class<?> engine(String name) throws ClassNotFoundException {
    return Class.forName(name, false, ServingClassPathTest.class.getClassLoader());
  }
}
