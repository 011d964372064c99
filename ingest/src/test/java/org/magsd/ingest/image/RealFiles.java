package org.magsd.ingest.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;

/**
 * A folder of real files and what other toolkits make of them: {@code index.csv} (what can be
 * decoded) and {@code pixels.csv} (minimum, maximum, SHA-256 of the first frame's stored values).
 * Every check gives the files that fail it, with what went wrong.
 */
final class RealFiles {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  private final Path folder;
  private final Map<String, Outcome> outcomes = new LinkedHashMap<>();

  /** Either a frame or an error. */
  private record Outcome(Map<String, String> row, StoredFrame frame, String error, long millis) {
    boolean expected(String kind) {
      return row.get("expected").equals(kind);
    }
  }

  private RealFiles(Path folder) {
    this.folder = folder;
  }

  static RealFiles decode(Path folder) throws IOException {
    RealFiles files = new RealFiles(folder);
    for (Map<String, String> row : Csv.read(folder.resolve("index.csv"))) {
      files.outcomes.put(row.get("file"), decode(folder.resolve(row.get("file")), row));
    }
    return files;
  }

  private static Outcome decode(Path file, Map<String, String> row) {
    long start = System.nanoTime();
    StoredFrame frame = null;
    String error = "";
    try {
      DicomInstance instance = PROVIDER.parse(file);
      frame = PROVIDER.decode(instance, 0);
    } catch (DicomException refused) {
      error = refused.getMessage();
    }
    return new Outcome(row, frame, error, (System.nanoTime() - start) / 1_000_000);
  }

  int size() {
    return outcomes.size();
  }

  /** Files to be decoded. */
  List<String> wronglyRefused() {
    List<String> failures = new ArrayList<>();
    outcomes.forEach(
        (file, outcome) -> {
          if (outcome.expected("decodable") && outcome.frame() == null) {
            failures.add(file + ": " + outcome.error());
          }
        });
    return failures;
  }

  /** Files not to be decoded that were, or whose refusal said nothing or took over a second. */
  List<String> badlyRefused() {
    List<String> failures = new ArrayList<>();
    outcomes.forEach(
        (file, outcome) -> {
          boolean refused = !outcome.error().isEmpty() && outcome.millis() <= 1000;
          if (!outcome.expected("decodable") && !refused) {
            failures.add(file + ": '" + outcome.error() + "', " + outcome.millis() + " ms");
          }
        });
    return failures;
  }

  /** Files whose stored values are not those that others read. */
  List<String> otherwiseDecoded() throws IOException {
    List<String> failures = new ArrayList<>();
    for (Map<String, String> row : Csv.read(folder.resolve("pixels.csv"))) {
      Outcome outcome = outcomes.get(row.get("file"));
      if (outcome == null || outcome.frame() == null) {
        failures.add(row.get("file") + ": " + (outcome == null ? "missing" : outcome.error()));
        continue;
      }
      StoredFrame frame = outcome.frame();
      boolean same =
          frame.sha256().equals(row.get("frame0_sha256"))
              && frame.type().bytes() == Integer.parseInt(row.get("bytes_per_sample"))
              && (long) frame.min() == Long.parseLong(row.get("min"))
              && (long) frame.max() == Long.parseLong(row.get("max"));
      if (!same) {
        failures.add(row.get("file") + ": " + frame.min() + ".." + frame.max());
      }
    }
    return failures;
  }

  /** Files that were decoded but cannot be shown. */
  List<String> notShown() {
    List<String> failures = new ArrayList<>();
    outcomes.forEach(
        (file, outcome) -> {
          if (outcome.frame() != null) {
            try {
              FilmFiles.read(folder.resolve(file));
            } catch (DicomException refused) {
              failures.add(file + ": " + refused.getMessage());
            }
          }
        });
    return failures;
  }
}
