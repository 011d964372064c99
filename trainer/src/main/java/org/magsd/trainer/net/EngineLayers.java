package org.magsd.trainer.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Map;

/**
 * Computes the network with the training engine. Every array made belongs to the input's manager,
 * so that whoever opened that scope frees the whole pass.
 */
final class EngineLayers implements Layers<NDArray> {
  private static final double SIGNED_ROOT_EPSILON = 1e-12;
  private static final double NORM_EPSILON = 1e-12;

  private final Map<String, NDArray> parameters;
  private final boolean training;
  private final float keptStatistics;

  private EngineLayers(Map<String, NDArray> parameters, boolean training, float keptStatistics) {
    this.parameters = parameters;
    this.training = training;
    this.keptStatistics = keptStatistics;
  }

  /** Evaluation mode: normalises by the running statistics. */
  static EngineLayers evaluating(Map<String, NDArray> parameters) {
    return new EngineLayers(parameters, false, 1);
  }

  /**
   * Training mode: normalises by the batch's statistics.
   *
   * @param keptStatistics share of the old running statistics that stays, the rest is the batch's
   */
  static EngineLayers training(Map<String, NDArray> parameters, float keptStatistics) {
    return new EngineLayers(parameters, true, keptStatistics);
  }

  @Override
  public NDArray unit(NDArray input, Unit unit) {
    String name = unit.convolution();
    NDArray convolved =
        Convolution.of(
            input, parameters.get(name + ".weight"), parameters.get(name + ".bias"), unit.stride());
    NDArray normalised = normalise(convolved, unit);
    return unit.relu() ? normalised.getNDArrayInternal().relu() : normalised;
  }

  private NDArray normalise(NDArray input, Unit unit) {
    String name = unit.normalisation();
    return input
        .getNDArrayInternal()
        .batchNorm(
            input,
            parameters.get(name + ".running_mean"),
            parameters.get(name + ".running_var"),
            parameters.get(name + ".weight"),
            parameters.get(name + ".bias"),
            -1,
            keptStatistics,
            (float) unit.epsilon(),
            training)
        .singletonOrThrow();
  }

  @Override
  public NDArray joinResidual(NDArray left, NDArray right, String block) {
    return left.add(right).getNDArrayInternal().relu();
  }

  @Override
  public NDArray maxPool(NDArray input) {
    return input
        .getNDArrayInternal()
        .maxPool(new Shape(3, 3), new Shape(2, 2), new Shape(1, 1), false);
  }

  @Override
  public NDArray averagePool(NDArray input, int size) {
    Shape window = new Shape(size, size);
    return input.getNDArrayInternal().avgPool(window, window, new Shape(0, 0), false, false);
  }

  @Override
  public NDArray add(NDArray left, NDArray right) {
    return left.add(right);
  }

  @Override
  public NDArray bilinearPool(NDArray attention, NDArray features, int maps, int channels) {
    Shape grid = features.getShape();
    long cells = grid.get(2) * grid.get(3);
    NDArray rows = attention.reshape(grid.get(0), maps, cells);
    NDArray columns = features.reshape(grid.get(0), channels, cells).transpose(0, 2, 1);
    NDArray pooled = rows.matMul(columns).div(number(rows, (double) cells));
    NDArray root = pooled.sign().mul(pooled.abs().add(number(rows, SIGNED_ROOT_EPSILON)).sqrt());
    return root.reshape(grid.get(0), (long) maps * channels).normalize(2, 1, NORM_EPSILON);
  }

  @Override
  public NDArray globalAveragePool(NDArray input, int channels) {
    return input.getNDArrayInternal().globalAvgPool();
  }

  @Override
  public NDArray linear(NDArray input, String name, double factor, int in, int out) {
    NDArray scaled = factor == 1 ? input : input.mul(number(input, factor));
    return scaled
        .getNDArrayInternal()
        .linear(scaled, parameters.get(name + ".weight"), null)
        .singletonOrThrow();
  }

  /**
   * A number that lives as long as the pass. DJL's own operations with numbers free theirs at once,
   * while the engine still points at it for the backward pass: it then read whatever had come into
   * that memory, and the gradients of everything below were lost.
   */
  private static NDArray number(NDArray operand, double value) {
    return operand.getManager().create((float) value);
  }

  @Override
  public NDArray meanOverChannels(NDArray input, int channels) {
    return input.mean(new int[] {1}, true);
  }
}
