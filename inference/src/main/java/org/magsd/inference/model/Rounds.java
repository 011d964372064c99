package org.magsd.inference.model;

import java.util.function.Consumer;

/**
 * A thread's work in rounds, which nothing ends but a round that says so: after one that fails, as
 * for lack of memory, comes another. The process outlives such errors, and so must the threads that
 * its films rely on.
 *
 * @param round does a part of the work
 * @param failed told of a round that failed, before the next one begins; told again if it fails
 *     itself
 */
record Rounds(Round round, Consumer<Throwable> failed) implements Runnable {
  /** A part of the work. */
  @FunctionalInterface
  interface Round {
    /** Whether another is to follow. */
    boolean run() throws InterruptedException;
  }

  @Override
  public void run() {
    boolean more = true;
    Throwable failure = null; // an Optional would take memory where there may be none
    while (more) {
      try {
        if (failure != null) {
          failed.accept(failure);
          failure = null;
        }
        more = round.run();
      } catch (InterruptedException | RuntimeException | Error e) {
        failure = e;
      }
    }
  }
}
