package org.magsd.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingEngineTest {
  private static final int FILMS = 2;
  private static final List<String> WHAT = List.of("output", "by films", "by weights");

  @TempDir Path caches;

  @Test
  void isLimitedOnlyWhereCachesAreUntoldAndNobodyHasDecided() throws IOException {
    assertThat(TrainingEngine.limit("Linux", "amd64", caches, Map.of())).hasValue("AVX");
    assertThat(TrainingEngine.limit("Linux", "aarch64", caches, Map.of())).isEmpty();
    assertThat(TrainingEngine.limit("Mac OS X", "amd64", caches, Map.of())).isEmpty();
    assertThat(TrainingEngine.limit("Linux", "amd64", caches, Map.of("ONEDNN_MAX_CPU_ISA", "ALL")))
        .isEmpty();
    assertThat(TrainingEngine.limit("Linux", "amd64", caches, Map.of("DNNL_MAX_CPU_ISA", "ALL")))
        .isEmpty();

    Files.createDirectory(caches.resolve("index0"));
    assertThat(TrainingEngine.limit("Linux", "amd64", caches, Map.of())).isEmpty();
  }

  /** In double precision, which oneDNN has no part in, each convolution has the same results. */
  @ParameterizedTest
  @EnumSource(Backbone.class)
  void computesEveryConvolutionOf(Backbone backbone) {
    ParameterList.units(new MaNetConfig(backbone, 3, 32, 3)).stream()
        .map(unit -> List.of(unit.in(), unit.out(), unit.kernel(), unit.stride()))
        .distinct()
        .forEach(
            shape -> {
              for (int side : new int[] {7, 28}) {
                requireRight(shape, side);
              }
            });
  }

  private static void requireRight(List<Integer> shape, int side) {
    int in = shape.get(0);
    int out = shape.get(1);
    int kernel = shape.get(2);
    try (NDManager scope = TrainingEngine.get().newBaseManager()) {
      NDArray films = scope.randomNormal(new Shape(FILMS, in, side, side));
      NDArray weight = scope.randomNormal(new Shape(out, kernel, kernel, in)).transpose(0, 3, 1, 2);
      List<NDArray> single = derivatives(films, weight, shape);
      List<NDArray> exact = derivatives(exact(films), exact(weight), shape);
      for (int i = 0; i < exact.size(); i++) {
        double largest = exact.get(i).abs().max().getDouble();
        double error = exact(single.get(i)).sub(exact.get(i)).abs().max().getDouble();
        assertThat(error / largest).as(shape + " at " + side + ", " + WHAT.get(i)).isLessThan(1e-4);
      }
    }
  }

  private static NDArray exact(NDArray array) {
    return array.toType(DataType.FLOAT64, true);
  }

  /** The convolution, and the derivatives of the sum of its squares. */
  private static List<NDArray> derivatives(NDArray films, NDArray weight, List<Integer> shape) {
    Shape stride = new Shape(shape.get(3), shape.get(3));
    Shape padding = new Shape(shape.get(2) / 2, shape.get(2) / 2);
    films.setRequiresGradient(true);
    weight.setRequiresGradient(true);
    try (GradientCollector collector = TrainingEngine.get().newGradientCollector()) {
      NDArray output =
          films
              .getNDArrayInternal()
              .convolution(films, weight, null, stride, padding, new Shape(1, 1), 1)
              .singletonOrThrow();
      collector.backward(output.square().sum());
      return List.of(output.duplicate(), films.getGradient(), weight.getGradient());
    }
  }
}
