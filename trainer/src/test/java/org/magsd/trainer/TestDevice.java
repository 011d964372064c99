package org.magsd.trainer;

import ai.djl.Device;

/**
 * Where the reference's numbers are computed: {@code -Dmagsd.device=cuda} puts them on the GPU that
 * the training engine finds, everything else on the CPU. Convolutions there round their inputs to
 * TF32 unless the environment says {@code NVIDIA_TF32_OVERRIDE=0}.
 */
final class TestDevice {
  private TestDevice() {}

  static Device get() {
    return System.getProperty("magsd.device", "cpu").equals("cuda") ? Device.gpu() : Device.cpu();
  }
}
