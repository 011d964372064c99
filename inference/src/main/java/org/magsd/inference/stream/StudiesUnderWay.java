package org.magsd.inference.stream;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Which studies have films that were taken and are not finished, and of which time in the log. */
final class StudiesUnderWay {
  /** How many films of each time, milliseconds since 1970, by study. */
  private final Map<String, TreeMap<Long, Integer>> times = new HashMap<>();

  void add(Unfinished.Film film) {
    times
        .computeIfAbsent(film.study(), study -> new TreeMap<>())
        .merge(film.appended(), 1, Integer::sum);
  }

  void remove(Unfinished.Film film) {
    times.computeIfPresent(
        film.study(),
        (study, films) -> {
          films.computeIfPresent(film.appended(), (time, n) -> n == 1 ? null : n - 1);
          return films.isEmpty() ? null : films;
        });
  }

  /** Whether a study waits for a film that came by then: a later one is for its next revision. */
  boolean holds(String study, long until) {
    TreeMap<Long, Integer> films = times.get(study);
    return films != null && films.firstKey() <= until;
  }

  boolean isEmpty() {
    return times.isEmpty();
  }

  void clear() {
    times.clear();
  }
}
