package org.magsd.trainer.weights;

import java.util.Arrays;
import java.util.List;

/**
 * Name and shape of one tensor that a network owns.
 *
 * @param name the name in checkpoints, PyTorch style ({@code resnet_encoder.0.weight})
 * @param role what the tensor does, which decides how it is initialised and whether it is trained
 * @param dimensions the dimensions, in PyTorch's order
 */
public record ParameterSpec(String name, Role role, List<Long> dimensions) {

  /** What a tensor does in its layer. */
  public enum Role {
    /** Convolution kernel {@code [out, in, kh, kw]}. */
    KERNEL,
    /** Matrix of a linear layer {@code [out, in]}. */
    MATRIX,
    /** Bias of a convolution or linear layer {@code [out]}. */
    BIAS,
    /** Scale of a batch normalisation {@code [channels]}. */
    SCALE,
    /** Shift of a batch normalisation {@code [channels]}. */
    SHIFT,
    /** Running mean of a batch normalisation {@code [channels]}; not trained. */
    RUNNING_MEAN,
    /** Running variance of a batch normalisation {@code [channels]}; not trained. */
    RUNNING_VARIANCE;

    /** Whether gradient descent changes tensors of this role. */
    public boolean trained() {
      return this != RUNNING_MEAN && this != RUNNING_VARIANCE;
    }
  }

  public ParameterSpec {
    dimensions = List.copyOf(dimensions);
  }

  public ParameterSpec(String name, Role role, long... shape) {
    this(name, role, Arrays.stream(shape).boxed().toList());
  }

  /** The dimensions as a new array. */
  public long[] shape() {
    return dimensions.stream().mapToLong(Long::longValue).toArray();
  }

  /** Number of values. */
  public int size() {
    return Tensor.size(shape());
  }

  @Override
  public String toString() {
    return name + dimensions;
  }
}
