package org.magsd.trainer.labels;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.magsd.inference.FolderTree;
import org.magsd.inference.UserError;
import org.magsd.inference.model.ModelJson;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.ClassMapping;
import org.magsd.trainer.data.SplitManifest;

/**
 * What the topics held at one moment, kept as a folder: {@code labels.csv} and {@code films/}, read
 * like any labelled data, and {@code snapshot.json}.
 *
 * @param folder where it lies
 * @param origin where it came from
 */
public record LabelSnapshot(Path folder, Origin origin) {
  static final String FILMS = "films";
  private static final String DRAFT = ".labels-draft-";
  private static final String CSV = "labels.csv";
  private static final String ORIGIN = "snapshot.json";
  private static final ObjectMapper JSON = ModelJson.mapper();
  private static final int DIGITS = 12;
  private static final int MOST_NAMED = 10;

  /**
   * Where a snapshot came from, so that it can be told from another and, while the topics last,
   * taken again.
   *
   * @param topic of the labels
   * @param taken which part of the topics
   * @param sha256 digest of the labels csv, which names every film by its digest
   * @param labels every label that stood, films or not
   */
  public record Origin(
      String topic, SplitManifest.Taken taken, String sha256, List<Place> labels) {}

  /**
   * A label that stood.
   *
   * @param label as it was confirmed
   */
  public record Place(String label, int partition, long offset) {}

  /** The labels csv; film names are relative to its folder. */
  public Path csv() {
    return folder.resolve(CSV);
  }

  /**
   * Refuses labels that are no class.
   *
   * @throws UserError naming partition and offset of the label
   */
  public void requireKnown(ClassMapping mapping) {
    for (Place place : origin.labels()) {
      mapping.target(
          place.label(),
          origin.topic() + ", partition " + place.partition() + ", offset " + place.offset());
    }
  }

  /** A snapshot taken before. */
  public static LabelSnapshot read(Path folder) {
    Path file = folder.resolve(ORIGIN);
    try {
      LabelSnapshot snapshot =
          new LabelSnapshot(folder, JSON.readValue(Files.readAllBytes(file), Origin.class));
      String digest = Sha256.hex(snapshot.csv());
      if (!digest.equals(snapshot.origin().sha256())) {
        throw new UserError(snapshot.csv() + " was changed since it was taken from Kafka");
      }
      return snapshot;
    } catch (JacksonException e) {
      throw new UserError(file + ": damaged: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UserError(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * A folder in which a snapshot is taken before it gets its name; its owner's alone, for the
   * pictures are of patients.
   */
  static Path draft(Path parent) throws IOException {
    return Files.createTempDirectory(Files.createDirectories(parent), DRAFT);
  }

  /** Removes the films that a run which was killed while taking them left in its folder. */
  public static void discardDrafts(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return;
    }
    try (DirectoryStream<Path> drafts = Files.newDirectoryStream(parent, DRAFT + "*")) {
      for (Path draft : drafts) {
        FolderTree.delete(draft);
      }
    }
  }

  /** What was read, to be written. */
  record Contents(
      ConfirmedLabels from,
      SplitManifest.Taken taken,
      SortedMap<String, LatestLabels.Label> labels,
      List<FilmTaker.Taken> films) {

    void write(Path folder) throws IOException {
      byte[] csv = csv().getBytes(StandardCharsets.UTF_8);
      Files.write(folder.resolve(CSV), csv);
      Origin origin =
          new Origin(
              from.topic(),
              taken,
              Sha256.hex(csv),
              labels.values().stream()
                  .map(label -> new Place(label.label(), label.partition(), label.offset()))
                  .toList());
      Files.write(folder.resolve(ORIGIN), JSON.writeValueAsBytes(origin));
    }

    private String csv() {
      StringBuilder csv = new StringBuilder("file,label,patient_id,source_repo,licence,study\n");
      for (FilmTaker.Taken film : films) {
        csv.append(FILMS).append('/').append(FilmTaker.name(film)).append(',');
        csv.append(quoted(labels.get(film.study()).label())).append(',');
        csv.append(film.patient()).append(',');
        csv.append(quoted(from.source())).append(',');
        csv.append(quoted(from.licence())).append(',');
        csv.append(film.study()).append('\n');
      }
      return csv.toString();
    }

    private static String quoted(String text) {
      return '"' + text.replace("\"", "\"\"") + '"';
    }

    void tell(LatestLabels latest, FilmTaker taker, Consumer<String> listener) {
      Set<String> filmed =
          films.stream().map(FilmTaker.Taken::study).collect(Collectors.toCollection(TreeSet::new));
      listener.accept(
          String.format(
              "%s: %d studies labelled, %d retracted; %d films of %d of them from %s%s",
              from.topic(),
              labels.size(),
              latest.retracted(),
              films.size(),
              filmed.size(),
              from.films().name(),
              taker.turnedAway().isEmpty() ? "" : "; not used: " + counts(taker.turnedAway())));
      if (!latest.nameless().isEmpty()) {
        listener.accept(
            latest.nameless().size()
                + " records name no study, the first at "
                + latest.nameless().get(0));
      }
      List<String> missing = new ArrayList<>(labels.keySet());
      missing.removeAll(filmed);
      if (!missing.isEmpty()) {
        listener.accept(
            String.format(
                "%d labelled studies have no frontal film in %s; SHA-256 of their UIDs: %s%s",
                missing.size(),
                from.films().name(),
                missing.stream()
                    .limit(MOST_NAMED)
                    .map(Contents::digest)
                    .collect(Collectors.joining(", ")),
                missing.size() > MOST_NAMED ? ", ..." : ""));
      }
    }

    private static String digest(String uid) {
      return Sha256.hex(uid.getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS);
    }

    private static String counts(SortedMap<String, Integer> counts) {
      return new TreeMap<>(counts)
          .entrySet().stream()
              .map(entry -> entry.getValue() + " " + entry.getKey())
              .collect(Collectors.joining(", "));
    }
  }
}
