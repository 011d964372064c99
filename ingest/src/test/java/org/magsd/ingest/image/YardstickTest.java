package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;

/**
 * A collection of real files with what other toolkits make of them: {@code index.csv} (what can be
 * decoded) and {@code pixels.csv} (minimum, maximum and SHA-256 of stored values). Runs where
 * {@code -Dmagsd.dicom=FOLDER} names it.
 */
@EnabledIfSystemProperty(
    named = "magsd.dicom",
    matches = ".+",
    disabledReason = "no collection of DICOM files given by -Dmagsd.dicom")
final class YardstickTest {
  private static final Path FOLDER = Path.of(System.getProperty("magsd.dicom", "."));
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final Map<String, Outcome> OUTCOMES = new LinkedHashMap<>();

  private record Outcome(Map<String, String> expected, StoredFrame frame, String error, long ms) {}

  @BeforeAll
  static void decodeAll() throws IOException {
    for (Map<String, String> row : Csv.read(FOLDER.resolve("index.csv"))) {
      long start = System.nanoTime();
      StoredFrame frame = null;
      String error = "";
      try {
        DicomInstance instance = PROVIDER.parse(FOLDER.resolve(row.get("file")));
        frame = PROVIDER.decode(instance, 0);
      } catch (DicomException refused) {
        error = refused.getMessage();
      }
      long ms = (System.nanoTime() - start) / 1_000_000;
      OUTCOMES.put(row.get("file"), new Outcome(row, frame, error, ms));
    }
  }

  @Test
  void everyDecodableFileIsDecoded() {
    List<String> failures = new ArrayList<>();
    OUTCOMES.forEach(
        (file, outcome) -> {
          boolean required =
              outcome.expected().get("expected").equals("decodable")
                  && !outcome.expected().get("note").contains("\"unsupported\" answer is fine");
          if (required && outcome.frame() == null) {
            failures.add(file + ": " + outcome.error());
          }
        });
    assertThat(failures).isEmpty();
  }

  @Test
  void whatCannotBeDecodedIsRefusedWithAReasonWithinASecond() {
    List<String> failures = new ArrayList<>();
    OUTCOMES.forEach(
        (file, outcome) -> {
          boolean bad = !outcome.expected().get("expected").equals("decodable");
          if (bad && (outcome.error().isEmpty() || outcome.ms() > 1000)) {
            failures.add(file + ": '" + outcome.error() + "' after " + outcome.ms() + " ms");
          }
        });
    assertThat(failures).isEmpty();
  }

  @Test
  void storedValuesAreTheOnesOthersRead() throws IOException {
    List<String> failures = new ArrayList<>();
    for (Map<String, String> row : Csv.read(FOLDER.resolve("pixels.csv"))) {
      Outcome outcome = OUTCOMES.get(row.get("file"));
      if (outcome == null || outcome.frame() == null) {
        failures.add(row.get("file") + ": " + (outcome == null ? "not there" : outcome.error()));
        continue;
      }
      StoredFrame frame = outcome.frame();
      boolean same =
          frame.sha256().equals(row.get("frame0_sha256"))
              && frame.type().bytes() == Integer.parseInt(row.get("bytes_per_sample"))
              && (long) frame.min() == Long.parseLong(row.get("min"))
              && (long) frame.max() == Long.parseLong(row.get("max"));
      if (!same) {
        failures.add(
            row.get("file")
                + (": " + frame.min() + ".." + frame.max())
                + (" instead of " + row.get("min") + ".." + row.get("max")));
      }
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void everyGreyDecodableFileBecomesAFilm() {
    List<String> failures = new ArrayList<>();
    OUTCOMES.forEach(
        (file, outcome) -> {
          if (outcome.frame() != null) {
            try {
              FilmFiles.read(FOLDER.resolve(file));
            } catch (DicomException refused) {
              failures.add(file + ": " + refused.getMessage());
            }
          }
        });
    assertThat(failures).isEmpty();
  }

  @Test
  void noFileTakesLong() {
    assertThat(OUTCOMES.values())
        .allSatisfy(
            outcome -> assertThat(outcome.ms()).isLessThan(Duration.ofSeconds(10).toMillis()));
  }
}
