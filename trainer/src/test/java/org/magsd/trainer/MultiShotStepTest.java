package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.magsd.trainer.augment.AttentionGuidedAugmentation;
import org.magsd.trainer.loss.CrossEntropy;
import org.magsd.trainer.loss.ShotLoss;
import org.magsd.trainer.loss.SoftDistanceLoss;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.GradientMode;
import org.magsd.trainer.net.Initialisation;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.Outputs;
import org.magsd.trainer.step.MultiShotStep;
import org.magsd.trainer.step.NesterovSgd;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

class MultiShotStepTest {
  private static final MaNetConfig SMALL = new MaNetConfig(Backbone.RESNET18, 3, 4, 3);
  private static final int[] TARGETS = {0, 1, 2, 1};
  private static final Tensor IMAGES = ReferenceFill.images("step", TARGETS.length, 64);

  @Test
  void addsUpToTheGradientsOfOneBackwardPass() {
    TensorMap weights = ReferenceFill.weights(SMALL);
    TensorMap separate;
    double loss;
    try (MaNet net = new MaNet(SMALL, weights)) {
      MultiShotStep step = new MultiShotStep(net, new SoftDistanceLoss());
      loss = step.augmented(IMAGES, TARGETS, new SplittableRandom(3)).loss();
      separate = net.gradients();
    }
    try (MaNet net = new MaNet(SMALL, weights);
        NDManager scope = net.newScope()) {
      NDArray sum = GradientMode.recording(() -> jointLoss(net, scope));
      net.backward(sum);
      assertThat(loss).isCloseTo(sum.getFloat(), within(1e-5));
      TensorMap joint = net.gradients();
      for (String name : List.of("fc.weight", "attention_module.attention_texture.0.weight")) {
        float[] expected = joint.get(name).values();
        float[] actual = separate.get(name).values();
        double scale = largest(expected);
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) actual[i]).as(name).isCloseTo(expected[i], within(1e-3 * scale));
        }
      }
    }
  }

  private static NDArray jointLoss(MaNet net, NDManager scope) {
    Shape shape = new Shape(IMAGES.shape());
    Outputs<NDArray> raw = net.train(scope.create(IMAGES.values(), shape));
    NDArray maps = raw.attention();
    var copies =
        AttentionGuidedAugmentation.augment(
            IMAGES,
            new Tensor(maps.toFloatArray(), maps.getShape().getShape()),
            new SplittableRandom(3));
    ShotLoss.Batch batch = new SoftDistanceLoss().begin(raw.logits(), TARGETS);
    NDArray sum = batch.raw();
    for (Tensor copy : List.of(copies.mixUp(), copies.dimmed(), copies.patched())) {
      NDArray image = scope.create(copy.values(), shape);
      sum = sum.add(batch.augmented(net.train(image).logits()));
    }
    return sum;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  @Test
  void learnsTheImagesItIsShown() {
    try (MaNet net = new MaNet(SMALL, Initialisation.random(SMALL, 1));
        NesterovSgd optimiser = new NesterovSgd(net, 0.9f, 5e-4f)) {
      MultiShotStep step = new MultiShotStep(net, new SoftDistanceLoss());
      double first = 0;
      double last = 0;
      for (int i = 0; i < 25; i++) {
        last = step.augmented(IMAGES, TARGETS, new SplittableRandom(i)).rawLoss();
        first = i == 0 ? last : first;
        optimiser.step(1e-3f);
      }
      assertThat(last).isLessThan(0.3 * first);
    }
  }

  @Test
  void continuesBitForBitFromSavedWeightsAndMomentum() {
    TensorMap weights = Initialisation.random(SMALL, 2);
    TensorMap straight;
    TensorMap halfway;
    TensorMap momentum;
    try (MaNet net = new MaNet(SMALL, weights);
        NesterovSgd optimiser = new NesterovSgd(net, 0.9f, 5e-4f)) {
      advance(net, optimiser, 0);
      halfway = net.weights();
      momentum = optimiser.state();
      advance(net, optimiser, 1);
      straight = net.weights();
    }
    try (MaNet net = new MaNet(SMALL, weights);
        NesterovSgd optimiser = new NesterovSgd(net, 0.9f, 5e-4f)) {
      net.load(halfway);
      optimiser.load(momentum);
      advance(net, optimiser, 1);
      straight
          .asMap()
          .forEach(
              (name, tensor) ->
                  assertThat(net.weights().get(name).values()).as(name).isEqualTo(tensor.values()));
    }
  }

  private static void advance(MaNet net, NesterovSgd optimiser, int seed) {
    MultiShotStep step = new MultiShotStep(net, new SoftDistanceLoss());
    step.augmented(IMAGES, TARGETS, new SplittableRandom(seed));
    optimiser.step(1e-3f);
  }

  @Test
  void givesBackTheWeightsItWasGiven() {
    TensorMap weights = ReferenceFill.weights(SMALL);

    try (MaNet net = new MaNet(SMALL, weights)) {
      TensorMap copy = net.weights();
      assertThat(copy.names()).isEqualTo(weights.names());
      weights
          .asMap()
          .forEach(
              (name, tensor) ->
                  assertThat(copy.get(name).values()).as(name).isEqualTo(tensor.values()));
    }
  }

  @Test
  void refusesImagesWhoseAttentionGridsWouldNotFit() {
    try (MaNet net = new MaNet(SMALL, ReferenceFill.weights(SMALL));
        NDManager scope = net.newScope()) {
      NDArray odd = scope.zeros(new Shape(1, 1, 64, 80));
      assertThatThrownBy(() -> net.evaluate(odd))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("multiples of 32");
    }
  }

  @Test
  void refusesTargetsOutsideTheClasses() {
    try (MaNet net = new MaNet(SMALL, ReferenceFill.weights(SMALL))) {
      MultiShotStep step = new MultiShotStep(net, new CrossEntropy());
      assertThatThrownBy(() -> step.plain(IMAGES, new int[] {0, 1, 2, 3}, new SplittableRandom(3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("target 3 of 3 classes");
    }
  }

  /** The arrays of one step are tens of megabytes: were any left, twenty-five steps show it. */
  @Test
  void keepsMemoryFlatOverManySteps() throws IOException {
    try (MaNet net = new MaNet(SMALL, Initialisation.random(SMALL, 1));
        NesterovSgd optimiser = new NesterovSgd(net, 0.9f, 5e-4f)) {
      for (int i = 0; i < 5; i++) {
        advance(net, optimiser, i);
      }
      int arrays = arrays(net);
      long before = residentMegabytes();
      for (int i = 0; i < 25; i++) {
        advance(net, optimiser, i);
      }
      assertThat(arrays(net)).isEqualTo(arrays);
      assertThat(residentMegabytes() - before).isLessThan(100);
    }
  }

  private static int arrays(MaNet net) {
    try (NDManager scope = net.newScope()) {
      return scope.getParentManager().getManagedArrays().size();
    }
  }

  private static long residentMegabytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }
}
