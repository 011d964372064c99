package org.magsd.trainer.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes over the weights of a ResNet trained elsewhere, under the names that torchvision and timm
 * share ({@code layer1.0.conv1.weight}).
 *
 * <p>Their first convolution has three input channels, ours one. Summing over the input channels
 * gives exactly the response to a grey image repeated in all three; the authors start from random
 * values instead, which {@link FirstConvolution#FRESH} leaves room for.
 */
public final class PretrainedBackbone {
  private static final String OURS = "resnet_encoder";
  private static final String FIRST = "conv1.weight";
  private static final int COLOURS = 3;

  private PretrainedBackbone() {}

  /** What becomes of the first convolution. */
  public enum FirstConvolution {
    /** The sum over its input channels. */
    SUM,
    /** Left out, so that training starts it from random values. */
    FRESH
  }

  /**
   * Renames a file's tensors to those of a backbone.
   *
   * @param file the tensors as read; the classifier ({@code fc}) is ignored
   * @param specs every parameter of a network with the right backbone
   * @throws WeightsException naming, in the file's own terms, what is missing, of another shape,
   *     not finite or unexpected
   */
  public static TensorMap rename(
      TensorMap file, List<ParameterSpec> specs, FirstConvolution first) {
    Map<String, Tensor> ours = new LinkedHashMap<>();
    Map<String, Tensor> rest = new LinkedHashMap<>();
    file.asMap().forEach((name, tensor) -> rest.put(bare(name), tensor));
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    List<String> infinite = new ArrayList<>();
    for (ParameterSpec spec : specs) {
      Optional<String> theirs = theirs(spec.name());
      if (theirs.isEmpty()) {
        continue;
      }
      Tensor found = rest.remove(theirs.get());
      if (found == null) {
        missing.add(theirs.get());
        continue;
      }
      Tensor tensor = theirs.get().equals(FIRST) ? sumOverInputs(found) : found;
      if (!Arrays.equals(tensor.shape(), spec.shape())) {
        misshapen.add(theirs.get() + " is " + found + ", expected " + expected(theirs.get(), spec));
      } else if (first == FirstConvolution.SUM || !theirs.get().equals(FIRST)) {
        ours.put(spec.name(), tensor);
        if (!tensor.finite()) {
          infinite.add(theirs.get());
        }
      }
    }
    rest.keySet().removeIf(name -> name.startsWith("fc.") || name.endsWith("num_batches_tracked"));
    if (!missing.isEmpty() || !misshapen.isEmpty() || !rest.isEmpty()) {
      throw new WeightsException(
          "not the weights of a ResNet-18, 34 or 50 in torchvision's layout"
              + TensorMap.describe("missing", missing)
              + TensorMap.describe("of another shape", misshapen)
              + TensorMap.describe("unexpected", List.copyOf(rest.keySet())));
    }
    if (!infinite.isEmpty()) {
      throw new WeightsException(
          "weights that no training can start from" + TensorMap.describe("not finite", infinite));
    }
    return new TensorMap(ours);
  }

  private static String expected(String theirs, ParameterSpec spec) {
    long[] grey = spec.shape();
    if (!theirs.equals(FIRST)) {
      return Arrays.toString(grey);
    }
    long[] colour = grey.clone();
    colour[1] = COLOURS;
    return Arrays.toString(grey) + " or " + Arrays.toString(colour);
  }

  /** How deep the ResNet of a file is, by its residual blocks: 18, 34 or 50. */
  public static int depth(TensorMap file) {
    List<String> names = file.names().stream().map(PretrainedBackbone::bare).toList();
    if (names.contains("layer1.0.conv3.weight")) {
      return 50;
    }
    return names.contains("layer1.2.conv1.weight") ? 34 : 18;
  }

  private static String bare(String name) {
    return name.startsWith("module.") ? name.substring("module.".length()) : name;
  }

  /** The name under which torchvision and timm know one of our parameters, if they do. */
  private static Optional<String> theirs(String ours) {
    if (!ours.startsWith(OURS)) {
      return Optional.empty();
    }
    String rest = ours.substring(OURS.length());
    List<List<String>> prefixes =
        List.of(
            List.of(".0.", "conv1."),
            List.of(".1.", "bn1."),
            List.of(".4.", "layer1."),
            List.of(".5.", "layer2."),
            List.of("3.", "layer3."),
            List.of("4.", "layer4."));
    return prefixes.stream()
        .filter(prefix -> rest.startsWith(prefix.get(0)))
        .map(prefix -> prefix.get(1) + rest.substring(prefix.get(0).length()))
        .findFirst();
  }

  /**
   * Of three channels only: others are not those of one image, and the response to it repeated in
   * all would be none that was trained.
   */
  private static Tensor sumOverInputs(Tensor kernel) {
    long[] shape = kernel.shape();
    if (shape.length != 4 || shape[1] != COLOURS) {
      return kernel;
    }
    int cells = Math.toIntExact(shape[2] * shape[3]);
    float[] sum = new float[Math.toIntExact(shape[0]) * cells];
    float[] values = kernel.values();
    for (int i = 0; i < values.length; i++) {
      int out = i / (Math.toIntExact(shape[1]) * cells);
      sum[out * cells + i % cells] += values[i];
    }
    return new Tensor(sum, shape[0], 1, shape[2], shape[3]);
  }
}
