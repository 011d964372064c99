package org.magsd.trainer;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.ParameterList;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * The deterministic weights and images of the reference cases, so that no weight file is needed:
 * splitmix64 over the CRC-32 of a tensor's name and the index of its element.
 */
final class ReferenceFill {
  private static final int BASIS = 4;

  private ReferenceFill() {}

  /** Every tensor of a network, filled by its name. */
  static TensorMap weights(MaNetConfig config) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (ParameterSpec spec : ParameterList.of(config)) {
      tensors.put(spec.name(), tensor(spec.name(), spec.shape()));
    }
    return new TensorMap(tensors);
  }

  /** Test images {@code [batch,1,size,size]} of a tag: a few cosines and some noise. */
  static Tensor images(String tag, int batch, int size) {
    double[][] cosine = new double[BASIS][size];
    for (int i = 0; i < BASIS; i++) {
      for (int y = 0; y < size; y++) {
        cosine[i][y] = Math.cos(Math.PI * i * (y + 0.5) / size);
      }
    }
    long coefficients = seed("image." + tag);
    long noise = seed("noise." + tag);
    float[] values = new float[batch * size * size];
    for (int b = 0; b < batch; b++) {
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          double sum = 0;
          for (int i = 0; i < BASIS; i++) {
            for (int j = 0; j < BASIS; j++) {
              double c = 2 * (uniform(coefficients, (b * BASIS + i) * BASIS + j) - 0.5);
              sum += c * cosine[i][y] * cosine[j][x];
            }
          }
          int index = (b * size + y) * size + x;
          values[index] = (float) (sum + 0.2 * (uniform(noise, index) - 0.5));
        }
      }
    }
    return new Tensor(values, batch, 1, size, size);
  }

  private static Tensor tensor(String name, long[] shape) {
    long size = 1;
    for (long dimension : shape) {
      size *= dimension;
    }
    long seed = seed(name);
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) value(name, shape, uniform(seed, i) - 0.5);
    }
    return new Tensor(values, shape);
  }

  private static double value(String name, long[] shape, double v) {
    if (name.endsWith("running_var")) {
      return 1 + 0.5 * (v + 0.5);
    }
    if (name.endsWith("running_mean")) {
      return 0.1 * v;
    }
    if (shape.length == 4) {
      return 2 * v * Math.sqrt(3) * Math.sqrt(2.0 / (double) (shape[1] * shape[2] * shape[3]));
    }
    if (shape.length == 2) {
      return 2 * v * Math.sqrt(3) * Math.sqrt(1.0 / (double) shape[1]);
    }
    if (List.of("bn3.weight", "downsample.1.weight").stream().anyMatch(name::endsWith)) {
      return 0.4 + 0.2 * v;
    }
    return name.endsWith("weight") ? 1 + 0.2 * v : 0.2 * v;
  }

  private static long seed(String name) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return crc.getValue() << 32;
  }

  /** The index-th number of a seed's sequence, in [0, 1). */
  private static double uniform(long seed, long index) {
    long z = seed + index + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (z >>> 40) / (double) (1 << 24);
  }
}
