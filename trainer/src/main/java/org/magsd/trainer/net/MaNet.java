package org.magsd.trainer.net;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * MA-Net on the training engine: owns its parameters and running statistics in native memory until
 * closed. Not safe for use by several threads at once.
 *
 * <p>A pass makes many arrays; they belong to the image's manager. Give every pass a scope:
 *
 * <pre>{@code
 * try (NDManager scope = net.newScope()) {
 *   NDArray image = scope.create(pixels, new Shape(n, 1, h, w));
 *   float[] logits = net.evaluate(image).logits().toFloatArray();
 * }
 * }</pre>
 */
public final class MaNet implements AutoCloseable {
  /** Share of the old running statistics that a training pass keeps. */
  private static final float KEPT_STATISTICS = 0.9f;

  private static final NDIndex EVERYWHERE = new NDIndex("...");

  private final MaNetConfig config;
  private final List<ParameterSpec> specs;
  private final NDManager manager;
  private final Map<String, NDArray> tensors = new LinkedHashMap<>();
  private final Map<String, NDArray> trained = new LinkedHashMap<>();

  /**
   * @param weights every parameter and buffer by name
   * @throws org.magsd.trainer.weights.WeightsException if they do not fit the configuration
   */
  public MaNet(MaNetConfig config, TensorMap weights, Device device) {
    this.config = config;
    specs = ParameterList.of(config);
    weights.requireMatches(specs);
    manager = Engine.getEngine("PyTorch").newBaseManager(device);
    for (ParameterSpec spec : specs) {
      NDArray array = copyIn(weights.get(spec.name()));
      tensors.put(spec.name(), array);
      if (spec.role().trained()) {
        array.setRequiresGradient(true);
        trained.put(spec.name(), array);
      }
    }
  }

  /** A network on the CPU. */
  public MaNet(MaNetConfig config, TensorMap weights) {
    this(config, weights, Device.cpu());
  }

  /** Kernels lie in memory with the channels last, which the engine's convolutions prefer. */
  private NDArray copyIn(Tensor tensor) {
    long[] shape = tensor.shape();
    try (NDManager scope = manager.newSubManager()) {
      NDArray shared = scope.create(tensor.values(), new Shape(shape));
      NDArray copy =
          shape.length == 4
              ? shared
                  .transpose(0, 2, 3, 1)
                  .flatten()
                  .duplicate()
                  .reshape(shape[0], shape[2], shape[3], shape[1])
                  .transpose(0, 3, 1, 2)
              : shared.duplicate();
      copy.attach(manager);
      return copy;
    }
  }

  public MaNetConfig config() {
    return config;
  }

  /** Every parameter and buffer, in the network's order. */
  public List<ParameterSpec> specs() {
    return specs;
  }

  /** The arrays that gradient descent changes, by name, in the network's order. */
  public Map<String, NDArray> trained() {
    return Collections.unmodifiableMap(trained);
  }

  /** A scope for the arrays of a pass, on this network's device. */
  public NDManager newScope() {
    return manager.newSubManager();
  }

  /**
   * One pass in evaluation mode (running statistics), not recorded.
   *
   * @param image {@code [N,1,H,W]}, H and W multiples of 32
   */
  public Outputs<NDArray> evaluate(NDArray image) {
    return GradientMode.off(() -> pass(image, EngineLayers.evaluating(tensors)));
  }

  /**
   * One pass in training mode: batch statistics, running statistics moved by a tenth, recorded for
   * {@link #backward}.
   *
   * @param image {@code [N,1,H,W]}, H and W multiples of 32
   */
  public Outputs<NDArray> train(NDArray image) {
    return GradientMode.recording(
        () -> pass(image, EngineLayers.training(tensors, KEPT_STATISTICS)));
  }

  /** {@link #train(NDArray)}, with styles mixed behind the first two stages of the backbone. */
  public Outputs<NDArray> train(NDArray image, StyleMixing mixing) {
    Backbone backbone = config.backbone();
    Set<String> mixed =
        Set.of(
            "resnet_encoder.4." + (backbone.blocks(1) - 1),
            "resnet_encoder.5." + (backbone.blocks(2) - 1));
    return GradientMode.recording(
        () ->
            pass(
                image,
                new HookedLayers<>(
                    EngineLayers.training(tensors, KEPT_STATISTICS),
                    (name, output) -> mixed.contains(name) ? mixing.apply(output) : output)));
  }

  /**
   * One pass in evaluation mode that shows the activations on its way: those of every convolution
   * unit, by the convolution's name, and of every residual block, by the block's.
   */
  public void observe(NDArray image, BiConsumer<String, NDArray> observer) {
    GradientMode.off(
        () -> {
          pass(
              image,
              new HookedLayers<>(
                  EngineLayers.evaluating(tensors),
                  (name, output) -> {
                    observer.accept(name, output);
                    return output;
                  }));
        });
  }

  /**
   * One pass in training mode that only measures: afterwards the running statistics are the plain
   * mean of this batch's (means, and variances with Bessel's correction) and of those of the
   * batches measured right before. Not recorded.
   *
   * <p>Source: P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better
   * Generalization", UAI 2018, section 3.2; PyTorch's {@code torch.optim.swa_utils.update_bn}.
   *
   * @param image {@code [N,1,H,W]}, H and W multiples of 32
   * @param before batches measured before; with 0 the old statistics are forgotten
   */
  public void measureStatistics(NDArray image, int before) {
    GradientMode.off(
        () -> {
          pass(image, EngineLayers.training(tensors, (float) before / (before + 1)));
        });
  }

  private Outputs<NDArray> pass(NDArray image, Layers<NDArray> layers) {
    return Architecture.apply(config, layers, checked(image));
  }

  private static NDArray checked(NDArray image) {
    Shape shape = image.getShape();
    if (shape.dimension() != 4
        || shape.get(1) != 1
        || shape.get(2) % Architecture.STRIDE != 0
        || shape.get(3) % Architecture.STRIDE != 0) {
      throw new IllegalArgumentException(
          "an image batch must be [N,1,H,W] with H and W multiples of "
              + Architecture.STRIDE
              + ", but is "
              + shape);
    }
    return image;
  }

  /** Adds the gradients of a scalar loss to those the parameters already have. */
  public void backward(NDArray loss) {
    try (NDArray one = loss.onesLike()) {
      JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
    }
  }

  /** Sets every gradient to zero, whatever it was, NaN included. */
  public void clearGradients() {
    for (NDArray array : trained.values()) {
      JniUtils.zeroGrad((PtNDArray) array);
    }
  }

  /** A copy of every parameter and buffer. */
  public TensorMap weights() {
    Map<String, Tensor> copy = new LinkedHashMap<>();
    for (ParameterSpec spec : specs) {
      copy.put(spec.name(), copyOut(tensors.get(spec.name()), spec));
    }
    return new TensorMap(copy);
  }

  /** A copy of every gradient; zeros where no backward pass has been. */
  public TensorMap gradients() {
    Map<String, Tensor> copy = new LinkedHashMap<>();
    for (ParameterSpec spec : specs) {
      if (spec.role().trained()) {
        try (NDArray gradient = tensors.get(spec.name()).getGradient()) {
          copy.put(spec.name(), copyOut(gradient, spec));
        }
      }
    }
    return new TensorMap(copy);
  }

  private Tensor copyOut(NDArray array, ParameterSpec spec) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray copy = array.stopGradient();
      copy.attach(scope);
      return new Tensor(copy.toFloatArray(), spec.shape());
    }
  }

  /**
   * Replaces every parameter and buffer, in place.
   *
   * @throws org.magsd.trainer.weights.WeightsException if they do not fit, with nothing changed
   */
  public void load(TensorMap weights) {
    weights.requireMatches(specs);
    GradientMode.off(
        () -> {
          for (ParameterSpec spec : specs) {
            try (NDArray value = copyIn(weights.get(spec.name()))) {
              tensors.get(spec.name()).set(EVERYWHERE, value);
            }
          }
        });
  }

  @Override
  public void close() {
    manager.close();
  }
}
