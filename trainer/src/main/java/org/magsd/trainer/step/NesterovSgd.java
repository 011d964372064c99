package org.magsd.trainer.step;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.LinkedHashMap;
import java.util.Map;
import org.magsd.trainer.net.GradientMode;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * Stochastic gradient descent with Nesterov momentum and weight decay, as PyTorch computes it: with
 * gradient g, {@code g += decay * w; v = momentum * v + g; w -= rate * (g + momentum * v)}.
 *
 * <p>Owns the momentum arrays until closed.
 */
public final class NesterovSgd implements AutoCloseable {
  private static final NDIndex EVERYWHERE = new NDIndex("...");

  private final MaNet net;
  private final float momentum;
  private final float weightDecay;
  private final NDManager manager;
  private final Map<String, NDArray> velocities = new LinkedHashMap<>();

  /**
   * @param weightDecay pull of all parameters towards zero, as the authors have it
   */
  public NesterovSgd(MaNet net, float momentum, float weightDecay) {
    this.net = net;
    this.momentum = momentum;
    this.weightDecay = weightDecay;
    manager = net.newScope();
    net.trained()
        .forEach(
            (name, array) -> {
              NDArray velocity = array.zerosLike();
              velocity.attach(manager);
              velocities.put(name, velocity);
            });
  }

  /** Changes the weights by the gradients they hold, then clears the gradients. */
  public void step(float learningRate) {
    GradientMode.off(
        () -> {
          for (ParameterSpec spec : net.specs()) {
            if (spec.role().trained()) {
              update(spec, learningRate);
            }
          }
        });
    net.clearGradients();
  }

  private void update(ParameterSpec spec, float learningRate) {
    NDArray weight = net.trained().get(spec.name());
    NDArray velocity = velocities.get(spec.name());
    try (NDManager scope = manager.newSubManager()) {
      NDArray gradient = weight.getGradient();
      gradient.attach(scope);
      if (weightDecay != 0) {
        NDArray pull = weight.mul(weightDecay);
        pull.attach(scope);
        gradient.addi(pull);
      }
      velocity.muli(momentum).addi(gradient);
      NDArray ahead = velocity.mul(momentum);
      ahead.attach(scope);
      weight.subi(ahead.addi(gradient).muli(learningRate));
    }
  }

  /** The momentum of every parameter, to be kept beside a checkpoint. */
  public TensorMap state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (ParameterSpec spec : net.specs()) {
      if (spec.role().trained()) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray copy = velocities.get(spec.name()).duplicate();
          copy.attach(scope);
          state.put(spec.name(), new Tensor(copy.toFloatArray(), spec.shape()));
        }
      }
    }
    return new TensorMap(state);
  }

  /** Takes all momentum away, as before the first step. */
  public void rest() {
    velocities.values().forEach(velocity -> velocity.set(EVERYWHERE, 0));
  }

  /**
   * Continues from what {@link #state()} gave.
   *
   * @throws org.magsd.trainer.weights.WeightsException if it is of another network
   */
  public void load(TensorMap state) {
    state.requireMatches(net.specs().stream().filter(spec -> spec.role().trained()).toList());
    velocities.forEach(
        (name, velocity) -> {
          Tensor saved = state.get(name);
          try (NDArray value = manager.create(saved.values(), velocity.getShape())) {
            velocity.set(EVERYWHERE, value);
          }
        });
  }

  @Override
  public void close() {
    manager.close();
  }
}
