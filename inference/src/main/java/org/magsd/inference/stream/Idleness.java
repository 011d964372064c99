package org.magsd.inference.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Whether nobody has films to do, so that what can wait is at nobody's expense: commits, and
 * reports made before they are due.
 */
final class Idleness {
  private final BooleanSupplier noFilmUnderWay;

  /** The films of each task, and the stream thread that it belongs to. */
  private final Map<StudiesUnderWay, Thread> tasks = new ConcurrentHashMap<>();

  /**
   * @param noFilmUnderWay of any task
   */
  Idleness(BooleanSupplier noFilmUnderWay) {
    this.noFilmUnderWay = noFilmUnderWay;
  }

  /** A task of the calling thread begins with these. */
  void begin(StudiesUnderWay films) {
    tasks.put(films, Thread.currentThread());
  }

  /** A task ends. */
  void end(StudiesUnderWay films) {
    tasks.remove(films);
  }

  /** Whether no task has a film under way; those that only wait do not count. */
  boolean ofAll() {
    return noFilmUnderWay.getAsBoolean();
  }

  /** Whether no task of the calling thread has a film under way or waiting. */
  boolean ofThread() {
    Thread own = Thread.currentThread();
    return tasks.entrySet().stream()
        .filter(task -> task.getValue().equals(own))
        .allMatch(task -> task.getKey().isEmpty());
  }
}
