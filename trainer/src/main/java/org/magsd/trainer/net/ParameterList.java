package org.magsd.trainer.net;

import java.util.ArrayList;
import java.util.List;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.ParameterSpec.Role;

/** Walks the network and notes every parameter and buffer it meets; computes nothing. */
public final class ParameterList implements Layers<ParameterList.Nothing> {

  /** The value that flows where only names and shapes matter. */
  enum Nothing {
    NOTHING
  }

  private final List<ParameterSpec> specs = new ArrayList<>();
  private final List<Unit> units = new ArrayList<>();

  private ParameterList() {}

  /** Every tensor of the network, in the order in which they are used. */
  public static List<ParameterSpec> of(MaNetConfig config) {
    ParameterList list = new ParameterList();
    Architecture.apply(config, list, Nothing.NOTHING);
    return List.copyOf(list.specs);
  }

  /** Every convolution unit of the network, in the order in which they are used. */
  public static List<Unit> units(MaNetConfig config) {
    ParameterList list = new ParameterList();
    Architecture.apply(config, list, Nothing.NOTHING);
    return List.copyOf(list.units);
  }

  @Override
  public Nothing unit(Nothing input, Unit unit) {
    units.add(unit);
    String convolution = unit.convolution();
    add(convolution + ".weight", Role.KERNEL, unit.out(), unit.in(), unit.kernel(), unit.kernel());
    if (unit.bias()) {
      add(convolution + ".bias", Role.BIAS, unit.out());
    }
    String normalisation = unit.normalisation();
    add(normalisation + ".weight", Role.SCALE, unit.out());
    add(normalisation + ".bias", Role.SHIFT, unit.out());
    add(normalisation + ".running_mean", Role.RUNNING_MEAN, unit.out());
    add(normalisation + ".running_var", Role.RUNNING_VARIANCE, unit.out());
    return input;
  }

  @Override
  public Nothing linear(Nothing input, String name, double factor, int in, int out) {
    add(name + ".weight", Role.MATRIX, out, in);
    return input;
  }

  @Override
  public Nothing joinResidual(Nothing left, Nothing right, String block) {
    return left;
  }

  @Override
  public Nothing maxPool(Nothing input) {
    return input;
  }

  @Override
  public Nothing averagePool(Nothing input, int size) {
    return input;
  }

  @Override
  public Nothing add(Nothing left, Nothing right) {
    return left;
  }

  @Override
  public Nothing bilinearPool(Nothing attention, Nothing features, int maps, int channels) {
    return attention;
  }

  @Override
  public Nothing globalAveragePool(Nothing input, int channels) {
    return input;
  }

  @Override
  public Nothing meanOverChannels(Nothing input, int channels) {
    return input;
  }

  private void add(String name, Role role, long... shape) {
    specs.add(new ParameterSpec(name, role, shape));
  }
}
