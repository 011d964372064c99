package org.magsd.inference.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.streams.processor.TaskId;

/**
 * Bytes of the records whose films are under way, by task, against a limit for all of them. Told by
 * task so that one which ends in whatever way leaves nothing behind.
 */
final class BytesUnderWay {
  private final long limit;
  private final Map<TaskId, Long> byTask = new ConcurrentHashMap<>();

  /** Of those, what waits in hand. */
  private final Map<TaskId, Long> waiting = new ConcurrentHashMap<>();

  /**
   * @param limit most bytes
   */
  BytesUnderWay(long limit) {
    this.limit = limit;
  }

  /** The task has nothing under way. */
  void begin(TaskId task) {
    byTask.remove(task);
    waiting.remove(task);
  }

  /** The task has more under way, or less. */
  void add(TaskId task, long bytes) {
    byTask.merge(task, bytes, Long::sum);
  }

  /** More of the task's bytes that are counted belong to films that wait, or fewer. */
  void addWaiting(TaskId task, long bytes) {
    waiting.merge(task, bytes, Long::sum);
  }

  boolean haveRoomFor(long bytes) {
    return sum(byTask) + bytes <= limit;
  }

  /** The same for films that wait: half of it all is for those whose turn it is. */
  boolean haveRoomToWaitFor(long bytes) {
    return haveRoomFor(bytes) && sum(waiting) + bytes <= limit / 2;
  }

  private static long sum(Map<TaskId, Long> bytes) {
    return bytes.values().stream().mapToLong(each -> each).sum();
  }
}
