package org.magsd.inference.stream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Films of one partition that have been met and wait for their turn: known by their places only, so
 * that thousands may wait. Those of urgent studies come first, otherwise the order is that of the
 * partition.
 */
final class Backlog {
  private final NavigableMap<Long, Unfinished.Film> routine = new TreeMap<>();
  private final NavigableMap<Long, Unfinished.Film> urgent = new TreeMap<>();
  private final Map<String, Integer> studies = new HashMap<>();

  void add(long offset, Unfinished.Film film) {
    (film.urgent() ? urgent : routine).put(offset, film);
    studies.merge(film.study(), 1, Integer::sum);
  }

  /** The one whose turn it is; there must be one. */
  Map.Entry<Long, Unfinished.Film> first() {
    return urgent.isEmpty() ? routine.firstEntry() : urgent.firstEntry();
  }

  void removeFirst() {
    Map.Entry<Long, Unfinished.Film> first =
        urgent.isEmpty() ? routine.pollFirstEntry() : urgent.pollFirstEntry();
    studies.computeIfPresent(first.getValue().study(), (study, n) -> n == 1 ? null : n - 1);
  }

  /**
   * Puts the films of a study among the urgent ones.
   *
   * @return the offsets of those that were not there
   */
  List<Long> hurry(String study) {
    if (!holds(study)) {
      return List.of();
    }
    List<Long> offsets = new ArrayList<>();
    routine.forEach(
        (offset, film) -> {
          if (film.study().equals(study)) {
            offsets.add(offset);
          }
        });
    offsets.forEach(offset -> urgent.put(offset, routine.remove(offset).hurried()));
    return offsets;
  }

  boolean holds(String study) {
    return studies.containsKey(study);
  }

  int size() {
    return routine.size() + urgent.size();
  }

  boolean isEmpty() {
    return size() == 0;
  }
}
