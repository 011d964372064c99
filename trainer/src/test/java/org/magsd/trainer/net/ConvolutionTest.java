package org.magsd.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConvolutionTest {
  private static final List<String> WHAT = List.of("output", "by films", "by weights", "by biases");

  @FunctionalInterface
  private interface Convolving {
    NDArray of(NDArray films, NDArray weight, NDArray bias, int stride);
  }

  /**
   * In double precision, which oneDNN has no part in, the engine's own convolution has the same
   * results.
   */
  @ParameterizedTest
  @EnumSource(Backbone.class)
  void computesEveryConvolutionOf(Backbone backbone) {
    ParameterList.units(new MaNetConfig(backbone, 3, 32, 3)).stream()
        .map(unit -> List.of(unit.in(), unit.out(), unit.kernel(), unit.stride()))
        .distinct()
        .forEach(
            shape -> {
              requireRight(shape, 1, 7);
              requireRight(shape, 2, 7);
              requireRight(shape, 2, 28);
            });
  }

  private static void requireRight(List<Integer> shape, int count, int side) {
    int in = shape.get(0);
    int out = shape.get(1);
    int kernel = shape.get(2);
    int stride = shape.get(3);
    try (NDManager scope = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
      NDArray films = scope.randomNormal(new Shape(count, in, side, side));
      NDArray weight = scope.randomNormal(new Shape(out, kernel, kernel, in)).transpose(0, 3, 1, 2);
      NDArray bias = scope.randomNormal(new Shape(out));
      List<NDArray> single = derivatives(Convolution::of, List.of(films, weight, bias), stride);
      List<NDArray> exact =
          derivatives(
              ConvolutionTest::ofEngine, List.of(exact(films), exact(weight), exact(bias)), stride);
      for (int i = 0; i < exact.size(); i++) {
        double largest = exact.get(i).abs().max().getDouble();
        double error = exact(single.get(i)).sub(exact.get(i)).abs().max().getDouble();
        assertThat(single.get(i).getShape()).isEqualTo(exact.get(i).getShape());
        assertThat(error / largest)
            .as("%s for %d at %d, %s", shape, count, side, WHAT.get(i))
            .isLessThan(1e-4);
      }
    }
  }

  private static NDArray exact(NDArray array) {
    return array.toType(DataType.FLOAT64, true);
  }

  private static NDArray ofEngine(NDArray films, NDArray weight, NDArray bias, int stride) {
    long padding = weight.getShape().get(2) / 2;
    return films
        .getNDArrayInternal()
        .convolution(
            films,
            weight,
            bias,
            new Shape(stride, stride),
            new Shape(padding, padding),
            new Shape(1, 1),
            1)
        .singletonOrThrow();
  }

  /** The convolution, and the derivatives of the sum of its squares. */
  private static List<NDArray> derivatives(
      Convolving convolving, List<NDArray> inputs, int stride) {
    inputs.forEach(input -> input.setRequiresGradient(true));
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      NDArray output = convolving.of(inputs.get(0), inputs.get(1), inputs.get(2), stride);
      collector.backward(output.square().sum());
      List<NDArray> results = new ArrayList<>(List.of(output.duplicate()));
      inputs.forEach(input -> results.add(input.getGradient()));
      return results;
    }
  }
}
