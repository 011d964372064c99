package org.magsd.trainer.step;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.random.RandomGenerator;
import org.magsd.trainer.augment.AttentionGuidedAugmentation;
import org.magsd.trainer.augment.AttentionGuidedAugmentation.Copies;
import org.magsd.trainer.loss.ShotLoss;
import org.magsd.trainer.net.GradientMode;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.Outputs;
import org.magsd.trainer.net.StyleMixing;
import org.magsd.trainer.weights.Tensor;

/**
 * The gradients of one multi-shot batch: the images pass through the network as they are, their
 * attention makes three augmented copies, and these pass as well.
 *
 * <p>Each of the four terms of the loss runs backward right after its forward pass. The loss is
 * their sum and the weights stand still in between, so the gradients are those of the authors' one
 * backward pass, at a quarter of the memory.
 */
public final class MultiShotStep {
  private final MaNet net;
  private final ShotLoss loss;
  private final double styleMixing;
  private ByteBuffer input = ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());

  /** Steps without {@link StyleMixing}. */
  public MultiShotStep(MaNet net, ShotLoss loss) {
    this(net, loss, 0);
  }

  /**
   * @param styleMixing probability that the films of a pass take on part of each other's style
   */
  public MultiShotStep(MaNet net, ShotLoss loss, double styleMixing) {
    this.net = net;
    this.loss = loss;
    this.styleMixing = styleMixing;
  }

  /**
   * What a batch gave.
   *
   * @param loss the sum of all terms
   * @param rawLoss the term of the unchanged images
   * @param logits {@code [B,K]}, of the unchanged images
   */
  public record Result(double loss, double rawLoss, Tensor logits) {}

  /**
   * Four shots: adds the batch's gradients to those the network holds.
   *
   * @param images {@code [B,1,H,W]}
   * @param targets the true class of each image
   * @param random where the choices of augmentations and styles come from
   */
  public Result augmented(Tensor images, int[] targets, RandomGenerator random) {
    return GradientMode.recording(() -> shots(images, targets, random));
  }

  /**
   * One shot, without augmented copies: adds the batch's gradients to those the network holds.
   *
   * @param random where the choice of styles comes from
   */
  public Result plain(Tensor images, int[] targets, RandomGenerator random) {
    return GradientMode.recording(
        () -> {
          try (NDManager scope = net.newScope()) {
            Outputs<NDArray> outputs = pass(array(scope, images), random);
            double value = backward(loss.begin(outputs.logits(), targets).raw());
            return new Result(value, value, tensor(outputs.logits()));
          }
        });
  }

  private Result shots(Tensor images, int[] targets, RandomGenerator random) {
    try (NDManager batchScope = net.newScope()) {
      ShotLoss.Batch batch;
      Copies copies;
      Tensor logits;
      double rawLoss;
      try (NDManager scope = net.newScope()) {
        Outputs<NDArray> outputs = pass(array(scope, images), random);
        // The loss keeps the target distribution for the other shots: it outlives this scope.
        outputs.logits().attach(batchScope);
        batch = loss.begin(outputs.logits(), targets);
        logits = tensor(outputs.logits());
        copies = AttentionGuidedAugmentation.augment(images, tensor(outputs.attention()), random);
        rawLoss = backward(batch.raw());
      }
      double sum = rawLoss;
      for (Tensor copy : List.of(copies.mixUp(), copies.dimmed(), copies.patched())) {
        try (NDManager scope = net.newScope()) {
          sum += backward(batch.augmented(pass(array(scope, copy), random).logits()));
        }
      }
      return new Result(sum, rawLoss, logits);
    }
  }

  private Outputs<NDArray> pass(NDArray images, RandomGenerator random) {
    return styleMixing > 0 && random.nextDouble() < styleMixing
        ? net.train(images, StyleMixing.draw((int) images.getShape().get(0), random))
        : net.train(images);
  }

  private double backward(NDArray term) {
    net.backward(term);
    return term.getFloat();
  }

  private static Tensor tensor(NDArray array) {
    return new Tensor(array.toFloatArray(), array.getShape().getShape());
  }

  /** The array shares this step's one buffer, which is free again once its pass has ended. */
  private NDArray array(NDManager scope, Tensor images) {
    int bytes = images.values().length * Float.BYTES;
    if (input.capacity() != bytes) {
      input = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    input.clear().asFloatBuffer().put(images.values());
    return scope.create(input, new Shape(images.shape()), DataType.FLOAT32);
  }
}
