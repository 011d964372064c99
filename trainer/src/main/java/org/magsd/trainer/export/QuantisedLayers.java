package org.magsd.trainer.export;

import static org.magsd.trainer.export.OnnxGraph.attribute;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * Writes the backbone in 8-bit integers, as pairs of QuantizeLinear and DequantizeLinear around its
 * operations, which the runtime fuses with them: kernels signed and symmetric with a scale per
 * output channel, activations unsigned with one scale each, from calibration. Attention, pooling
 * and the last layer stay in float32: they cost little and decide much.
 */
final class QuantisedLayers extends OnnxLayers {
  private static final int KERNEL_LEVELS = 127;
  private static final int ACTIVATION_LEVELS = 255;
  private static final float SMALLEST_SCALE = 1e-8f;
  private static final float MOST_STEPS = 1 << 30;

  private final OnnxGraph graph;
  private final TensorMap weights;
  private final ActivationRanges ranges;
  private final Map<String, Float> scales = new HashMap<>();

  QuantisedLayers(OnnxGraph graph, TensorMap weights, ActivationRanges ranges, int cells) {
    super(graph, weights, false, cells);
    this.graph = graph;
    this.weights = weights;
    this.ranges = ranges;
  }

  /** The image, quantised. */
  String image(String input) {
    return quantised(input, ActivationRanges.IMAGE);
  }

  @Override
  public String unit(String input, Unit unit) {
    Float inputScale = scales.get(input);
    if (inputScale == null || !unit.convolution().startsWith("resnet_encoder")) {
      return super.unit(input, unit);
    }
    String name = unit.convolution();
    Tensor kernel = weights.get(name + ".weight");
    float[] kernelScales =
        kernelScales(kernel.values(), weights.get(unit.normalisation() + ".bias"), inputScale);
    String convolved =
        convolve(
            List.of(
                input, kernel(name, kernel, kernelScales), bias(unit, inputScale, kernelScales)),
            unit);
    return quantised(convolved, name);
  }

  /** By the kernel's values, and so that the shift, in steps of it, fits into 32 bits. */
  private static float[] kernelScales(float[] kernel, Tensor shift, float inputScale) {
    float[] shifts = shift.values();
    int channels = shifts.length;
    float[] scales = new float[channels];
    int size = kernel.length / channels;
    for (int i = 0; i < kernel.length; i++) {
      scales[i / size] = Math.max(scales[i / size], Math.abs(kernel[i]));
    }
    for (int channel = 0; channel < channels; channel++) {
      float steps = Math.abs(shifts[channel]) / (MOST_STEPS * inputScale);
      scales[channel] = Math.max(scales[channel] / KERNEL_LEVELS, Math.max(steps, SMALLEST_SCALE));
    }
    return scales;
  }

  private String kernel(String name, Tensor kernel, float[] kernelScales) {
    float[] values = kernel.values();
    byte[] levels = new byte[values.length];
    int size = values.length / kernelScales.length;
    for (int i = 0; i < values.length; i++) {
      levels[i] = (byte) Math.rint(values[i] / kernelScales[i / size]);
    }
    int channels = kernelScales.length;
    return graph.node(
        "DequantizeLinear",
        List.of(
            graph.signedBytes(name + ".weight", levels, kernel.shape()),
            graph.floats(name + ".weight.scale", kernelScales, channels),
            graph.signedBytes(name + ".weight.zero", new byte[channels], channels)),
        attribute("axis", 0));
  }

  /** The bias in steps of input scale times kernel scale, as the integer kernels add it up. */
  private String bias(Unit unit, float inputScale, float[] kernelScales) {
    float[] values = weights.get(unit.normalisation() + ".bias").values();
    int[] levels = new int[values.length];
    float[] biasScales = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      biasScales[i] = inputScale * kernelScales[i];
      levels[i] = (int) Math.rint((double) values[i] / biasScales[i]);
    }
    String name = unit.convolution() + ".shift";
    return graph.node(
        "DequantizeLinear",
        List.of(
            graph.integers(name, levels),
            graph.floats(name + ".scale", biasScales, values.length),
            graph.integers(name + ".zero", new int[values.length])),
        attribute("axis", 0));
  }

  @Override
  public String joinResidual(String left, String right, String block) {
    return quantised(super.joinResidual(left, right, block), block);
  }

  /** A maximum is one of its inputs: it keeps their scale. */
  @Override
  public String maxPool(String input) {
    return quantised(super.maxPool(input), "resnet_encoder.0", "resnet_encoder.3");
  }

  private String quantised(String value, String name) {
    return quantised(value, name, name);
  }

  private String quantised(String value, String rangeName, String name) {
    ActivationRanges.Range range = ranges.of(rangeName);
    float scale = Math.max((range.greatest() - range.least()) / ACTIVATION_LEVELS, SMALLEST_SCALE);
    int zero = (int) Math.rint(-range.least() / scale);
    String scaleName = graph.floats(name + ".scale", new float[] {scale});
    String zeroName = graph.unsignedByte(name + ".zero", zero);
    String stored = graph.node("QuantizeLinear", List.of(value, scaleName, zeroName));
    String output = graph.node("DequantizeLinear", List.of(stored, scaleName, zeroName));
    scales.put(output, scale);
    return output;
  }
}
