package org.magsd.inference.model;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes bundles of networks with random weights, which take as long as trained ones: for
 * measurements of speed. Found through {@link java.util.ServiceLoader}: the trainer has one,
 * serving alone has none.
 */
public interface UntrainedModels {
  /**
   * Writes a bundle.
   *
   * @param folder the bundle's folder
   * @param network {@code resnet18}, {@code resnet34} or {@code resnet50}, with {@code -fp16} or
   *     {@code -int8} behind for another precision than float32
   * @param size side of its input, pixels
   * @param like whose classes and preprocessing it shares
   * @throws IllegalArgumentException if there is no such network
   */
  ModelBundle write(Path folder, String network, int size, ModelCard like) throws IOException;
}
