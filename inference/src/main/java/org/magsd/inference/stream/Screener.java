package org.magsd.inference.stream;

import java.util.concurrent.CompletionStage;

/**
 * Decodes, gates and assesses one instance. The stage completes with an outcome for every input; it
 * completes exceptionally only where the model itself is out of service, and the instance is then
 * tried again.
 */
@FunctionalInterface
public interface Screener {
  CompletionStage<Screened> screen(Arrival arrival);

  /** Whether no film is under way, of any task: a commit now has none to wait for. */
  default boolean idle() {
    return true;
  }
}
