package org.magsd.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.trainer.loss.CrossEntropy;
import org.magsd.trainer.loss.ShotLoss;
import org.magsd.trainer.loss.SoftDistanceLoss;
import org.magsd.trainer.weights.TensorMap;

/**
 * The engine reads numbers and arrays that Java gave it where Java keeps them, in the backward pass
 * too. Once no object holds them any more, a garbage collection between the two passes frees their
 * memory, others write to it, and the gradients are wrong without a word.
 */
class ConstantsOfAPassTest {
  private static final int[] TARGETS = {0, 1, 2};
  private static final int SIDE = 64;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void outliveGarbageCollections(int scales) throws InterruptedException {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, scales, 4, TARGETS.length);
    TensorMap weights = Initialisation.random(config, 5);

    TensorMap undisturbed = gradients(config, weights, false);
    TensorMap disturbed = gradients(config, weights, true);

    undisturbed
        .asMap()
        .forEach(
            (name, gradient) ->
                assertThat(distance(gradient.values(), disturbed.get(name).values()))
                    .as(name)
                    .isLessThan(1e-4));
  }

  private static TensorMap gradients(MaNetConfig config, TensorMap weights, boolean collecting)
      throws InterruptedException {
    SplittableRandom random = new SplittableRandom(1);
    try (MaNet net = new MaNet(config, weights);
        NDManager scope = net.newScope()) {
      Shape shape = new Shape(TARGETS.length, 1, SIDE, SIDE);
      NDArray images = scope.create(noise((int) shape.size(), random), shape);
      NDArray copies = scope.create(noise((int) shape.size(), random), shape);
      NDArray loss =
          GradientMode.recording(
              () -> {
                ShotLoss shots = new SoftDistanceLoss(new CrossEntropy(1, 2, 3));
                StyleMixing mixing = StyleMixing.draw(TARGETS.length, random);
                ShotLoss.Batch batch = shots.begin(net.train(images, mixing).logits(), TARGETS);
                return batch.raw().add(batch.augmented(net.train(copies).logits()));
              });
      if (collecting) {
        writeOverFreedMemory();
      }
      net.backward(loss);
      return net.gradients();
    }
  }

  private static float[] noise(int count, SplittableRandom random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  /** What a training's loaders do to memory, at the worst moment. */
  private static void writeOverFreedMemory() throws InterruptedException {
    List<ByteBuffer> others = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      System.gc();
      // The buffers found dead are freed by a thread of the virtual machine.
      Thread.sleep(100);
      for (int i = 0; i < 2000; i++) {
        others.add(ByteBuffer.allocateDirect(Long.BYTES * (1 + i % 4)).putLong(0, -1L >>> 1));
      }
    }
    assertThat(others).isNotEmpty();
  }

  /** The largest difference, relative to the largest value; not a number if one of them is not. */
  private static double distance(float[] expected, float[] actual) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
    }
    return difference / largest;
  }
}
