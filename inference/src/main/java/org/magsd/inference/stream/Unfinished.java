package org.magsd.inference.stream;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Which films of its partition a task has taken and not passed on, by their offsets. Written down
 * with each commit: a commit need not wait for them, and whoever takes the partition over finds
 * them. What is finished between two commits is never written.
 */
final class Unfinished {
  static final String NAME = "unfinished-films";

  private final KeyValueStore<Long, Film> store;

  /** Not in the store yet. */
  private final Map<Long, Film> fresh = new LinkedHashMap<>();

  /**
   * A film taken.
   *
   * @param study the key of its record
   * @param urgent whether it goes before routine ones
   * @param appended its time in the log, milliseconds since 1970
   */
  record Film(String study, boolean urgent, long appended) {
    Film hurried() {
      return new Film(study, true, appended);
    }

    /** Whether that is its record, and not one of a topic made anew. */
    boolean isIn(Record<String, ?> record) {
      return study.equals(Arrival.key(record));
    }
  }

  Unfinished(KeyValueStore<Long, Film> store) {
    this.store = store;
  }

  static StoreBuilder<KeyValueStore<Long, Film>> builder() {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(NAME), Serdes.Long(), Json.binary(Film.class))
        .withCachingDisabled()
        .withLoggingEnabled(Map.of());
  }

  /** Those of the last commit, in the order of their offsets. */
  void forEach(BiConsumer<Long, Film> action) {
    try (KeyValueIterator<Long, Film> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<Long, Film> next = all.next();
        action.accept(next.key, next.value);
      }
    }
  }

  void taken(long offset, Film film) {
    fresh.put(offset, film);
  }

  /** Whether it was taken since the last commit. */
  boolean isFresh(long offset) {
    return fresh.containsKey(offset);
  }

  void hurried(long offset, Film urgent) {
    if (fresh.replace(offset, urgent) == null) {
      store.put(offset, urgent);
    }
  }

  void finished(long offset) {
    if (fresh.remove(offset) == null) {
      store.delete(offset);
    }
  }

  /** Before a commit. */
  void write() {
    fresh.forEach(store::put);
    fresh.clear();
  }
}
