package org.magsd.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.magsd.inference.model.ModelBundle;

/**
 * Which film was on which side, so that a split can be checked and made again. Sorted, hence equal
 * for equal splits.
 *
 * @param films every film of the split
 */
public record SplitManifest(List<Entry> films) {
  /**
   * A film.
   *
   * @param file as the csv names it
   * @param sha256 digest of the image file
   * @param label class
   * @param source collection
   * @param group films that belong together
   * @param side {@code train}, {@code validation} or {@code left-out}
   */
  public record Entry(
      String file, String sha256, String label, String source, String group, String side) {}

  /** The manifest of three sides. */
  public static SplitManifest of(
      List<String> classes, List<Film> train, List<Film> validation, List<Film> leftOut) {
    List<Entry> entries = new ArrayList<>();
    train.forEach(film -> entries.add(entry(classes, film, "train")));
    validation.forEach(film -> entries.add(entry(classes, film, "validation")));
    leftOut.forEach(film -> entries.add(entry(classes, film, "left-out")));
    entries.sort(Comparator.comparing(Entry::sha256).thenComparing(Entry::file));
    return new SplitManifest(List.copyOf(entries));
  }

  /** The listing as JSON, one film a line. */
  public String json() {
    ObjectMapper mapper = new ObjectMapper().disable(SerializationFeature.INDENT_OUTPUT);
    try {
      List<String> lines = new ArrayList<>();
      for (Entry entry : films) {
        lines.add("  " + mapper.writeValueAsString(entry));
      }
      return "[\n" + String.join(",\n", lines) + "\n]\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SHA-256 of the listing, lower-case hex. */
  public String digest() {
    return ModelBundle.sha256(json().getBytes(StandardCharsets.UTF_8));
  }

  /** Films of one side. */
  public Stream<Entry> side(String side) {
    return films.stream().filter(entry -> entry.side().equals(side));
  }

  /** Writes the listing, whole or not at all. */
  public void write(Path file) throws IOException {
    Path draft = Files.createTempFile(file.toAbsolutePath().getParent(), ".manifest", ".part");
    try {
      Files.writeString(draft, json());
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private static Entry entry(List<String> classes, Film film, String side) {
    Sample sample = film.sample();
    return new Entry(
        sample.film().name(),
        film.sha256(),
        classes.get(sample.target()),
        sample.film().source(),
        sample.group(),
        side);
  }
}
