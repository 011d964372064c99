package org.magsd.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.magsd.ingest.dicom.Sha256;

/**
 * Which film was on which side in every stage of a run, and where it came from, so that a split can
 * be checked and made again. Sorted, hence equal for equal splits.
 *
 * @param stages in order
 */
public record SplitManifest(List<Stage> stages) {
  /** A film that is learnt from. */
  public static final String TRAIN = "train";

  private static final int TOLD_DIGITS = 12;

  private static final ObjectMapper JSON = new ObjectMapper().registerModule(new Jdk8Module());

  /**
   * A stage.
   *
   * @param sources what its labels were read from
   * @param films every film of the stage
   */
  public record Stage(String name, List<Source> sources, List<Entry> films) {}

  /**
   * What labels were read from.
   *
   * @param labels path of the csv, or topic
   * @param sha256 digest of the csv, or of what was taken from the topic
   * @param taken which part of the topics it was
   */
  public record Source(String labels, String sha256, Optional<Taken> taken) {}

  /**
   * A part of topics, by partition.
   *
   * @param labelOffsets what was read of the topic of labels
   * @param instances topic or folder of the films
   * @param instanceOffsets what was read of that topic; empty for a folder
   */
  public record Taken(
      Map<Integer, Span> labelOffsets, String instances, Map<Integer, Span> instanceOffsets) {}

  /**
   * A part of a partition.
   *
   * @param begin first offset there was
   * @param end offset after the last
   */
  public record Span(long begin, long end) {}

  /**
   * A film.
   *
   * @param file as the csv names it; bundles hold the manifest, so names should identify nobody
   * @param sha256 digest of the image file
   * @param label class
   * @param source collection
   * @param group films that belong together have the same, a digest of them all; whose they are it
   *     does not tell
   * @param side {@code train}, {@code validation}, {@code left-out} or {@code unused}
   */
  public record Entry(
      String file, String sha256, String label, String source, String group, String side) {}

  /** The listing as JSON, one film a line. */
  public String json() {
    return "{\"stages\":[\n"
        + stages.stream().map(SplitManifest::json).collect(Collectors.joining(",\n"))
        + "\n]}\n";
  }

  private static String json(Stage stage) {
    List<String> films = new ArrayList<>();
    stage.films().forEach(film -> films.add("  " + written(film)));
    return " {\"name\":"
        + written(stage.name())
        + ",\"sources\":"
        + written(stage.sources())
        + ",\"films\":[\n"
        + String.join(",\n", films)
        + "\n ]}";
  }

  private static String written(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SHA-256 of the listing, lower-case hex. */
  public String digest() {
    return Sha256.hex(json().getBytes(StandardCharsets.UTF_8));
  }

  /** How many different films any stage learnt from. */
  public int learntFrom() {
    return (int)
        stages.stream()
            .flatMap(stage -> stage.films().stream())
            .filter(film -> film.side().equals(TRAIN))
            .map(Entry::sha256)
            .distinct()
            .count();
  }

  /** Films by stage and side. */
  public Map<String, Map<String, Long>> counts() {
    Map<String, Map<String, Long>> counts = new LinkedHashMap<>();
    for (Stage stage : stages) {
      Map<String, Long> sides = new LinkedHashMap<>();
      stage.films().forEach(film -> sides.merge(film.side(), 1L, Long::sum));
      counts.put(stage.name(), sides);
    }
    return counts;
  }

  /**
   * Digest of every source of labels, by its name: with the digest's beginning where several are
   * named alike, as a topic of that name on two brokers is.
   */
  public Map<String, String> sources() {
    Map<String, Set<String>> byName = new LinkedHashMap<>();
    for (Stage stage : stages) {
      for (Source source : stage.sources()) {
        byName.computeIfAbsent(source.labels(), name -> new LinkedHashSet<>()).add(source.sha256());
      }
    }
    Map<String, String> digests = new LinkedHashMap<>();
    byName.forEach(
        (name, of) ->
            of.forEach(digest -> digests.put(of.size() == 1 ? name : told(name, digest), digest)));
    return digests;
  }

  private static String told(String name, String digest) {
    return name + " (" + digest.substring(0, TOLD_DIGITS) + ")";
  }

  /** Whether labels were taken from a topic, and with them pictures of a site's patients. */
  public boolean takenFromTopics() {
    return stages.stream()
        .flatMap(stage -> stage.sources().stream())
        .anyMatch(source -> source.taken().isPresent());
  }

  /** Writes the listing, whole or not at all. */
  public void write(Path file) throws IOException {
    AtomicFile.write(file, json().getBytes(StandardCharsets.UTF_8));
  }
}
