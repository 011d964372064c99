package org.magsd.trainer.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.weights.Tensor;

/**
 * How far the network's activations reach on a sample of films: least and greatest value of every
 * convolution unit, every residual block and the image itself, by name.
 */
final class ActivationRanges {
  static final String IMAGE = "image";

  private final Map<String, Range> ranges = new LinkedHashMap<>();

  /** From the least to the greatest value seen; always contains zero. */
  record Range(float least, float greatest) {
    private Range widened(float low, float high) {
      return new Range(Math.min(least, low), Math.max(greatest, high));
    }
  }

  private ActivationRanges() {}

  /**
   * Passes calibration films through the network.
   *
   * @param films each {@code [N,1,H,W]}
   */
  static ActivationRanges of(MaNet net, List<Tensor> films) {
    if (films.isEmpty()) {
      throw new IllegalArgumentException("calibration needs films");
    }
    ActivationRanges result = new ActivationRanges();
    for (Tensor batch : films) {
      try (NDManager scope = net.newScope()) {
        NDArray image = scope.create(batch.values(), new Shape(batch.shape()));
        result.see(IMAGE, image);
        net.observe(image, result::see);
      }
    }
    return result;
  }

  private void see(String name, NDArray values) {
    try (NDArray low = values.min();
        NDArray high = values.max()) {
      Range before = ranges.getOrDefault(name, new Range(0, 0));
      ranges.put(name, before.widened(low.getFloat(), high.getFloat()));
    }
  }

  Range of(String name) {
    Range range = ranges.get(name);
    if (range == null) {
      throw new IllegalArgumentException("no range was seen for " + name);
    }
    return range;
  }
}
