package org.magsd.trainer.export;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.magsd.trainer.net.Layers;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.ParameterList;
import org.magsd.trainer.weights.Half;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.ParameterSpec.Role;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * Weights in which every normalisation has become part of the convolution before it: with {@code s
 * = scale / sqrt(variance + epsilon)}, the kernel is multiplied by s and {@code shift + s (bias -
 * mean)} is added.
 *
 * <p>They remain weights of the same network: the normalisations are left with that shift, no scale
 * and statistics under which they change nothing else. So the training engine can run what is
 * exported.
 */
final class FoldedWeights {
  private FoldedWeights() {}

  /** Folds the weights of a trained network. */
  static TensorMap of(MaNetConfig config, TensorMap weights) {
    Map<String, Tensor> folded = new LinkedHashMap<>(weights.asMap());
    for (Layers.Unit unit : ParameterList.units(config)) {
      fold(unit, weights, folded);
    }
    return new TensorMap(folded);
  }

  private static void fold(Layers.Unit unit, TensorMap weights, Map<String, Tensor> folded) {
    String normalisation = unit.normalisation();
    float[] scale = weights.get(normalisation + ".weight").values();
    float[] shift = weights.get(normalisation + ".bias").values();
    float[] mean = weights.get(normalisation + ".running_mean").values();
    float[] variance = weights.get(normalisation + ".running_var").values();
    Tensor kernel = weights.get(unit.convolution() + ".weight");
    float[] values = kernel.values().clone();
    float[] bias = new float[unit.out()];
    int size = values.length / unit.out();
    for (int out = 0; out < unit.out(); out++) {
      double factor = scale[out] / Math.sqrt(variance[out] + unit.epsilon());
      for (int i = out * size; i < (out + 1) * size; i++) {
        values[i] = (float) (values[i] * factor);
      }
      double own = unit.bias() ? weights.get(unit.convolution() + ".bias").values()[out] : 0;
      bias[out] = (float) (shift[out] + factor * (own - mean[out]));
    }
    folded.put(unit.convolution() + ".weight", new Tensor(values, kernel.shape()));
    if (unit.bias()) {
      folded.put(unit.convolution() + ".bias", filled(unit.out(), 0));
    }
    folded.put(normalisation + ".weight", filled(unit.out(), 1));
    folded.put(normalisation + ".bias", new Tensor(bias, unit.out()));
    folded.put(normalisation + ".running_mean", filled(unit.out(), 0));
    folded.put(normalisation + ".running_var", filled(unit.out(), (float) (1 - unit.epsilon())));
  }

  private static Tensor filled(int size, float value) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    return new Tensor(values, size);
  }

  /** Folded weights with kernels and matrices rounded to 16-bit floats. */
  static TensorMap rounded(MaNetConfig config, TensorMap folded) {
    Map<String, Tensor> result = new LinkedHashMap<>(folded.asMap());
    for (ParameterSpec spec : ParameterList.of(config)) {
      if (spec.role() == Role.KERNEL || spec.role() == Role.MATRIX) {
        result.computeIfPresent(spec.name(), (name, tensor) -> rounded(tensor));
      }
    }
    return new TensorMap(result);
  }

  private static Tensor rounded(Tensor tensor) {
    float[] values = tensor.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = Half.toFloat(Half.fromFloat(values[i]));
    }
    return new Tensor(values, tensor.shape());
  }
}
