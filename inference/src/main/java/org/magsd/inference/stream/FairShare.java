package org.magsd.inference.stream;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.streams.processor.TaskId;

/**
 * Divides the places for films between the tasks that have some waiting. They share all places, and
 * a thread looks after its tasks in their order: without shares the first would take what is free
 * each time, and studies of the last would wait for as long as there are more films than places.
 */
final class FairShare {
  private final Set<TaskId> waiting = ConcurrentHashMap.newKeySet();

  /** The task has films waiting, or no longer. */
  void waits(TaskId task, boolean does) {
    if (does) {
      waiting.add(task);
    } else {
      waiting.remove(task);
    }
  }

  /** Of so many places those of one task, at least one; a task alone has all. */
  int of(int places) {
    return Math.max(1, places / Math.max(1, waiting.size()));
  }
}
