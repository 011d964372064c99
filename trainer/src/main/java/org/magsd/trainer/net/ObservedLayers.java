package org.magsd.trainer.net;

import java.util.function.BiConsumer;

/** Shows an observer the output of every convolution unit and residual block of other layers. */
final class ObservedLayers<T> implements Layers<T> {
  private final Layers<T> layers;
  private final BiConsumer<String, T> observer;

  ObservedLayers(Layers<T> layers, BiConsumer<String, T> observer) {
    this.layers = layers;
    this.observer = observer;
  }

  @Override
  public T unit(T input, Unit unit) {
    return shown(unit.convolution(), layers.unit(input, unit));
  }

  @Override
  public T joinResidual(T left, T right, String block) {
    return shown(block, layers.joinResidual(left, right, block));
  }

  private T shown(String name, T value) {
    observer.accept(name, value);
    return value;
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
