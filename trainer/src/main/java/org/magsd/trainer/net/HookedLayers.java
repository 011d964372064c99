package org.magsd.trainer.net;

import java.util.function.BiFunction;

/**
 * Other layers with a hook in them: what it makes of the output of a convolution unit or a residual
 * block, by its name, takes that output's place.
 */
final class HookedLayers<T> implements Layers<T> {
  private final Layers<T> layers;
  private final BiFunction<String, T, T> hook;

  HookedLayers(Layers<T> layers, BiFunction<String, T, T> hook) {
    this.layers = layers;
    this.hook = hook;
  }

  @Override
  public T unit(T input, Unit unit) {
    return hook.apply(unit.convolution(), layers.unit(input, unit));
  }

  @Override
  public T joinResidual(T left, T right, String block) {
    return hook.apply(block, layers.joinResidual(left, right, block));
  }

  @Override
  public T maxPool(T input) {
    return layers.maxPool(input);
  }

  @Override
  public T averagePool(T input, int size) {
    return layers.averagePool(input, size);
  }

  @Override
  public T add(T left, T right) {
    return layers.add(left, right);
  }

  @Override
  public T bilinearPool(T attention, T features, int maps, int channels) {
    return layers.bilinearPool(attention, features, maps, channels);
  }

  @Override
  public T globalAveragePool(T input, int channels) {
    return layers.globalAveragePool(input, channels);
  }

  @Override
  public T linear(T input, String name, double factor, int in, int out) {
    return layers.linear(input, name, factor, in, out);
  }

  @Override
  public T meanOverChannels(T input, int channels) {
    return layers.meanOverChannels(input, channels);
  }
}
