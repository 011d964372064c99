package org.magsd.trainer.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tensors by name, in a fixed order: the weights of a network or the state of an optimiser. */
public final class TensorMap {
  private static final int NAMES_SHOWN = 8;

  private final Map<String, Tensor> tensors;

  public TensorMap(Map<String, Tensor> tensors) {
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** The tensors in order; cannot be changed. */
  public Map<String, Tensor> asMap() {
    return tensors;
  }

  public Set<String> names() {
    return tensors.keySet();
  }

  /**
   * The tensor of this name.
   *
   * @throws WeightsException if there is none
   */
  public Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new WeightsException("no tensor named " + name);
    }
    return tensor;
  }

  /** The tensors whose names begin with a prefix, without it. */
  public TensorMap under(String prefix) {
    Map<String, Tensor> found = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), tensor);
          }
        });
    return new TensorMap(found);
  }

  /**
   * Checks that exactly the tensors of {@code specs} are present, in shape as well as in name.
   *
   * @throws WeightsException naming what is missing, unexpected or of another shape
   */
  public void requireMatches(List<ParameterSpec> specs) {
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    List<String> unexpected = new ArrayList<>(tensors.keySet());
    for (ParameterSpec spec : specs) {
      unexpected.remove(spec.name());
      Tensor tensor = tensors.get(spec.name());
      if (tensor == null) {
        missing.add(spec.name());
      } else if (!Arrays.equals(tensor.shape(), spec.shape())) {
        misshapen.add(
            spec.name()
                + " is "
                + Arrays.toString(tensor.shape())
                + ", expected "
                + Arrays.toString(spec.shape()));
      }
    }
    if (!missing.isEmpty() || !misshapen.isEmpty() || !unexpected.isEmpty()) {
      throw new WeightsException(
          "weights do not fit the network"
              + describe("missing", missing)
              + describe("of another shape", misshapen)
              + describe("unexpected", unexpected));
    }
  }

  /** {@code "; label (n): a, b, ..."}, or nothing for no names. */
  static String describe(String label, List<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    String shown = String.join(", ", names.subList(0, Math.min(NAMES_SHOWN, names.size())));
    return "; "
        + label
        + " ("
        + names.size()
        + "): "
        + shown
        + (names.size() > NAMES_SHOWN ? ", ..." : "");
  }
}
