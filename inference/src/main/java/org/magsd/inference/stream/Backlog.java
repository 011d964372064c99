package org.magsd.inference.stream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Films of one partition that have been met and wait for their turn: known by their places only, so
 * that thousands may wait. Those of urgent studies come first, otherwise the order is that of the
 * partition.
 */
final class Backlog {
  private final NavigableMap<Long, Unfinished.Film> routine = new TreeMap<>();
  private final NavigableMap<Long, Unfinished.Film> urgent = new TreeMap<>();

  /** How many films of each study wait. */
  private final Map<String, Integer> studies = new HashMap<>();

  /**
   * @param offset of which no film waits
   */
  void add(long offset, Unfinished.Film film) {
    (film.urgent() ? urgent : routine).put(offset, film);
    studies.merge(film.study(), 1, Integer::sum);
  }

  /** The one whose turn it is; there must be one. */
  Map.Entry<Long, Unfinished.Film> first() {
    return urgent.isEmpty() ? routine.firstEntry() : urgent.firstEntry();
  }

  Optional<Unfinished.Film> at(long offset) {
    return Optional.ofNullable(urgent.getOrDefault(offset, routine.get(offset)));
  }

  void remove(long offset) {
    Unfinished.Film film = urgent.remove(offset);
    if (film == null) {
      film = routine.remove(offset);
    }
    studies.computeIfPresent(film.study(), (study, n) -> n == 1 ? null : n - 1);
  }

  /**
   * Puts the films of a study among the urgent ones.
   *
   * @return the offsets of those that were not there
   */
  List<Long> hurry(String study) {
    if (!studies.containsKey(study)) {
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

  /** Whether a study has films among the urgent ones. */
  boolean hurries(String study) {
    return studies.containsKey(study)
        && urgent.values().stream().anyMatch(film -> film.study().equals(study));
  }

  boolean hasUrgent() {
    return !urgent.isEmpty();
  }

  int size() {
    return routine.size() + urgent.size();
  }

  boolean isEmpty() {
    return size() == 0;
  }
}
