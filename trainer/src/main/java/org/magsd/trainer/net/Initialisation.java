package org.magsd.trainer.net;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * Fresh weights. Convolutions are normal with variance {@code 2 / (out kh kw)} (He et al. 2015, fan
 * out, as torchvision's ResNet), linear layers uniform within {@code 1 / sqrt(in)}, biases zero,
 * normalisations the identity. Every tensor draws from a generator of its own, so that one tensor's
 * values depend on the seed and its name alone.
 */
public final class Initialisation {
  private Initialisation() {}

  /** Weights for a whole network. */
  public static TensorMap random(MaNetConfig config, long seed) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (ParameterSpec spec : ParameterList.of(config)) {
      tensors.put(spec.name(), random(spec, seed));
    }
    return new TensorMap(tensors);
  }

  /** A fresh tensor for one parameter. */
  public static Tensor random(ParameterSpec spec, long seed) {
    float[] values = new float[spec.size()];
    long[] shape = spec.shape();
    SplittableRandom random = new SplittableRandom(seed * 31 + spec.name().hashCode());
    switch (spec.role()) {
      case KERNEL -> {
        double deviation = Math.sqrt(2.0 / (double) (shape[0] * shape[2] * shape[3]));
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (deviation * random.nextGaussian());
        }
      }
      case MATRIX -> {
        double bound = 1 / Math.sqrt((double) shape[1]);
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) random.nextDouble(-bound, bound);
        }
      }
      case SCALE, RUNNING_VARIANCE -> Arrays.fill(values, 1);
      case BIAS, SHIFT, RUNNING_MEAN -> Arrays.fill(values, 0);
    }
    return new Tensor(values, shape);
  }
}
