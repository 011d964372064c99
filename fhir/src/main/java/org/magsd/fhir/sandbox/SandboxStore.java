package org.magsd.fhir.sandbox;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Resources as the JSON that was put, with their last versions, in bounded memory: beyond the bound
 * the resources written longest ago are forgotten. Safe for many threads.
 */
final class SandboxStore {
  private static final int VERSIONS_KEPT = 5;

  /** The resources, the one written longest ago first. */
  private final LinkedHashMap<ResourceKey, Deque<Version>> resources = new LinkedHashMap<>();

  private final long maxCharacters;
  private long characters;

  /**
   * @param maxCharacters bound on the JSON kept, in characters
   */
  SandboxStore(long maxCharacters) {
    this.maxCharacters = maxCharacters;
  }

  /** Type and id of a resource. */
  record ResourceKey(String type, String id) {}

  /** A stored version; numbers begin at 1. */
  record Version(long number, String json) {}

  /**
   * One resource to be put.
   *
   * @param expected the version it must have at that moment, 0 for none at all; empty for any
   */
  record Put(ResourceKey key, String json, OptionalLong expected) {}

  /** What a put did. */
  record Result(ResourceKey key, long version, boolean created) {}

  /** A resource is not at the expected version. */
  static final class VersionMismatch extends Exception {
    private static final long serialVersionUID = 1L;

    VersionMismatch(ResourceKey key, long expected, long found) {
      super(key.type() + "/" + key.id() + " is at version " + found + ", expected was " + expected);
    }
  }

  /** All of them or none. Putting what is there already makes no new version. */
  synchronized List<Result> put(List<Put> puts) throws VersionMismatch {
    for (Put put : puts) {
      long found = latest(put.key()).map(Version::number).orElse(0L);
      if (put.expected().isPresent() && put.expected().getAsLong() != found) {
        throw new VersionMismatch(put.key(), put.expected().getAsLong(), found);
      }
    }
    List<Result> results = new ArrayList<>();
    for (Put put : puts) {
      results.add(put(put.key(), put.json()));
    }
    forgetOldest();
    return results;
  }

  private Result put(ResourceKey key, String json) {
    Deque<Version> versions = resources.remove(key);
    boolean created = versions == null;
    if (created) {
      versions = new ArrayDeque<>();
    }
    resources.put(key, versions);
    long last = created ? 0 : versions.getLast().number();
    if (!created && versions.getLast().json().equals(json)) {
      return new Result(key, last, false);
    }
    versions.addLast(new Version(last + 1, json));
    characters += json.length();
    if (versions.size() > VERSIONS_KEPT) {
      characters -= versions.removeFirst().json().length();
    }
    return new Result(key, last + 1, created);
  }

  private void forgetOldest() {
    var oldest = resources.entrySet().iterator();
    while (characters > maxCharacters && oldest.hasNext()) {
      for (Version version : oldest.next().getValue()) {
        characters -= version.json().length();
      }
      oldest.remove();
    }
  }

  synchronized Optional<Version> latest(ResourceKey key) {
    return Optional.ofNullable(resources.get(key)).map(Deque::getLast);
  }

  synchronized Optional<Version> version(ResourceKey key, long number) {
    return Optional.ofNullable(resources.get(key)).stream()
        .flatMap(Deque::stream)
        .filter(version -> version.number() == number)
        .findFirst();
  }

  /** The latest versions of all resources of a type, the one written longest ago first. */
  synchronized Map<ResourceKey, Version> all(String type) {
    Map<ResourceKey, Version> found = new LinkedHashMap<>();
    resources.forEach(
        (key, versions) -> {
          if (key.type().equals(type)) {
            found.put(key, versions.getLast());
          }
        });
    return found;
  }
}
