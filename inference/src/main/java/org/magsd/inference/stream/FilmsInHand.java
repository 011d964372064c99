package org.magsd.inference.stream;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.TaskId;

/**
 * Films of a task's backlog that need not be read again: those that were among its first when they
 * came, as far as there was memory for them.
 */
final class FilmsInHand {
  private final int most;
  private final BytesUnderWay bytes;
  private final Map<Long, Film> films = new HashMap<>();

  record Film(Arrival arrival, Headers headers) {}

  /**
   * @param bytes of all tasks
   */
  FilmsInHand(int most, BytesUnderWay bytes) {
    this.most = most;
    this.bytes = bytes;
  }

  /**
   * Keeps a film that is to wait if there is room, and its turn comes soon: memory is for those
   * whose turn comes first. Those before it may not be in hand, where there was no room for them.
   *
   * @param waiting how many wait before it
   */
  void offer(TaskId task, Film film, int waiting) {
    int length = film.arrival().value().length;
    if (waiting < most && bytes.haveRoomToWaitFor(length)) {
      bytes.add(task, length);
      putBack(task, film);
    }
  }

  /** Keeps a film that was under way, and whose bytes stay counted. */
  void putBack(TaskId task, Film film) {
    films.put(film.arrival().offset(), film);
    bytes.addWaiting(task, film.arrival().value().length);
  }

  /** What was kept of the film at an offset, whose bytes are counted no longer. */
  Optional<Film> take(TaskId task, long offset) {
    Optional<Film> film = Optional.ofNullable(films.remove(offset));
    film.ifPresent(
        kept -> {
          int length = kept.arrival().value().length;
          bytes.add(task, -length);
          bytes.addWaiting(task, -length);
        });
    return film;
  }

  void clear() {
    films.clear();
  }
}
