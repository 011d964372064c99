package org.magsd.inference.model;

import java.util.List;

/**
 * An opened model: prepared films in, logits and attention out. Safe for as many threads at a time
 * as {@link #parallelRuns()} says.
 */
public interface Network extends AutoCloseable {
  /** The model card. */
  ModelCard card();

  /** What it runs on: {@code cpu} or {@code cuda:N}. */
  String device();

  /**
   * How many batches may run beside each other, each on a thread of its own. One where a single
   * thread must own the session, as on a GPU.
   */
  default int parallelRuns() {
    return 1;
  }

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
