package org.magsd.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
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
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.magsd.inference.model.CpuInfo;

class TrainingEngineTest {
  private static final int FILMS = 2;
  private static final List<String> WHAT = List.of("output", "by films", "by weights");

  private static final CpuInfo AMD = cpu("AMD EPYC", "avx2", "topoext");

  @TempDir Path caches;

  @Test
  void isLimitedOnlyWhereCachesAreUntoldAndNobodyHasDecided() throws IOException {
    assertThat(limit("Linux", "amd64", AMD, Map.of())).hasValue("AVX");
    assertThat(limit("Linux", "aarch64", AMD, Map.of())).isEmpty();
    assertThat(limit("Mac OS X", "amd64", AMD, Map.of())).isEmpty();
    assertThat(limit("Linux", "amd64", AMD, Map.of("ONEDNN_MAX_CPU_ISA", "ALL"))).isEmpty();
    assertThat(limit("Linux", "amd64", AMD, Map.of("DNNL_MAX_CPU_ISA", "ALL"))).isEmpty();

    Files.createDirectory(caches.resolve("index0"));
    assertThat(limit("Linux", "amd64", AMD, Map.of())).isEmpty();
  }

  @Test
  void isLimitedWhereLinuxKnowsTheCachesFromElsewhere() throws IOException {
    Files.createDirectory(caches.resolve("index0"));

    assertThat(limit("Linux", "amd64", cpu("AMD EPYC", "avx2"), Map.of())).hasValue("AVX");
    assertThat(limit("Linux", "amd64", cpu("Intel Xeon", "avx2"), Map.of())).isEmpty();
  }

  private Optional<String> limit(
      String system, String architecture, CpuInfo cpu, Map<String, String> environment) {
    return TrainingEngine.limit(system, architecture, caches, cpu, environment);
  }

  private static CpuInfo cpu(String name, String... flags) {
    return new CpuInfo(Optional.of(name), Set.of(flags));
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
    try (NDManager scope = TrainingEngine.get().newBaseManager(Device.cpu())) {
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
