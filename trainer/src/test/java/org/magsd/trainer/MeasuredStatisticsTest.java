package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

class MeasuredStatisticsTest {
  private static final MaNetConfig SMALL = new MaNetConfig(Backbone.RESNET18, 3, 4, 3);
  private static final TensorMap WEIGHTS = ReferenceFill.weights(SMALL);
  private static final Tensor FIRST = ReferenceFill.images("first", 3, 64);
  private static final Tensor SECOND = ReferenceFill.images("second", 3, 64);

  private static TensorMap measured(Tensor... batches) {
    try (MaNet net = new MaNet(SMALL, WEIGHTS)) {
      for (int i = 0; i < batches.length; i++) {
        try (NDManager scope = net.newScope()) {
          Shape shape = new Shape(batches[i].shape());
          net.measureStatistics(scope.create(batches[i].values(), shape), i);
        }
      }
      return net.weights();
    }
  }

  @Test
  void areThoseOfTheConvolvedImages() {
    TensorMap measured = measured(FIRST, SECOND);
    float[] means = measured.get("resnet_encoder.1.running_mean").values();
    float[] variances = measured.get("resnet_encoder.1.running_var").values();

    for (int channel = 0; channel < means.length; channel++) {
      double[] one = convolved(FIRST, channel);
      double[] other = convolved(SECOND, channel);
      assertThat((double) means[channel]).isCloseTo((mean(one) + mean(other)) / 2, within(1e-5));
      assertThat((double) variances[channel])
          .isCloseTo((variance(one) + variance(other)) / 2, within(1e-4));
    }
  }

  @Test
  void areThePlainMeanOverBatchesInEveryLayer() {
    TensorMap first = measured(FIRST);
    TensorMap second = measured(SECOND);

    measured(FIRST, SECOND)
        .asMap()
        .forEach(
            (name, tensor) -> {
              if (name.contains("running")) {
                for (int i = 0; i < tensor.values().length; i++) {
                  double mean =
                      (first.get(name).values()[i] + (double) second.get(name).values()[i]) / 2;
                  assertThat((double) tensor.values()[i])
                      .as(name)
                      .isCloseTo(mean, within(1e-5 * Math.max(1, Math.abs(mean))));
                }
              }
            });
  }

  @Test
  void leaveEveryParameterAsItWas() {
    TensorMap measured = measured(FIRST);

    List<String> changed =
        WEIGHTS.names().stream()
            .filter(name -> !Arrays.equals(measured.get(name).values(), WEIGHTS.get(name).values()))
            .toList();
    assertThat(changed).isNotEmpty().allMatch(name -> name.contains("running"));
  }

  /** The first convolution written out: 7x7, every second pixel, three pixels of zeros around. */
  private static double[] convolved(Tensor images, int channel) {
    float[] kernel = WEIGHTS.get("resnet_encoder.0.weight").values();
    int side = (int) images.shape()[2];
    int half = side / 2;
    double[] out = new double[(int) images.shape()[0] * half * half];
    for (int at = 0; at < out.length; at++) {
      int image = at / (half * half);
      int top = at / half % half * 2 - 3;
      int left = at % half * 2 - 3;
      for (int k = 0; k < 49; k++) {
        int y = top + k / 7;
        int x = left + k % 7;
        if (y >= 0 && y < side && x >= 0 && x < side) {
          out[at] += kernel[channel * 49 + k] * images.values()[(image * side + y) * side + x];
        }
      }
    }
    return out;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1);
  }
}
