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

  /**
   * @param limit most bytes
   */
  BytesUnderWay(long limit) {
    this.limit = limit;
  }

  /** The task has nothing under way. */
  void begin(TaskId task) {
    byTask.remove(task);
  }

  /** The task has more under way, or less. */
  void add(TaskId task, long bytes) {
    byTask.merge(task, bytes, Long::sum);
  }

  boolean haveRoomFor(long bytes) {
    return byTask.values().stream().mapToLong(each -> each).sum() + bytes <= limit;
  }
}
