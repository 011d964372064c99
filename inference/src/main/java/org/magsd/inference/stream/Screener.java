package org.magsd.inference.stream;

import java.util.concurrent.CompletionStage;

/**
 * Decodes, gates and assesses one instance. The stage completes with an outcome for every input; it
 * completes exceptionally only where no film could be screened now, the model being out of service
 * or the blob folder away, and the instance is then tried again.
 */
@FunctionalInterface
public interface Screener {
  CompletionStage<Screened> screen(Arrival arrival);

  /**
   * Whether the film goes before routine ones, as far as a look at its header tells; quick, and
   * false where the header cannot be read.
   */
  default boolean urgent(Arrival arrival) {
    return false;
  }

  /**
   * How many films could be begun now without waiting for others, or for what none can be screened
   * without. Urgent ones have places of their own beside those for all.
   */
  default int places(boolean urgent) {
    return Integer.MAX_VALUE;
  }

  /** How many films have had an outcome, of any task: while it grows, those that wait get on. */
  default long outcomes() {
    return 0;
  }

  /** Whether no film is under way, of any task. */
  default boolean idle() {
    return true;
  }
}
