package org.magsd.inference.model;

import java.util.List;

/**
 * An opened model: prepared films in, logits and attention out. Not safe for several threads at a
 * time.
 */
public interface Network extends AutoCloseable {
  /** The model card. */
  ModelCard card();

  /** What it runs on: {@code cpu} or {@code cuda:N}. */
  String device();

  /**
   * Runs one batch.
   *
   * @param films prepared films, each {@code [H * W]}; at least one
   * @return the outputs in the same order
   * @throws IllegalArgumentException if a film does not have H x W values
   */
  List<Outputs> run(List<float[]> films);

  @Override
  void close();
}
