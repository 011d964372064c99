package org.magsd.inference.stream;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.TaskId;

/**
 * The first films of a task's backlog, as far as there is memory for them: they need not be read
 * again.
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
   * Keeps a film that is to wait if there is room, and only behind others in hand: memory is for
   * those whose turn comes first.
   *
   * @param waiting how many wait before it
   */
  void offer(TaskId task, Film film, int waiting) {
    int length = film.arrival().value().length;
    if (films.size() == waiting && films.size() < most && bytes.haveRoomFor(length)) {
      films.put(film.arrival().offset(), film);
      bytes.add(task, length);
    }
  }

  /** Keeps a film that was under way, and whose bytes stay counted. */
  void putBack(Film film) {
    films.put(film.arrival().offset(), film);
  }

  /** What was kept of the film at an offset, whose bytes are counted no longer. */
  Optional<Film> take(TaskId task, long offset) {
    Optional<Film> film = Optional.ofNullable(films.remove(offset));
    film.ifPresent(kept -> bytes.add(task, -kept.arrival().value().length));
    return film;
  }

  void clear() {
    films.clear();
  }
}
