package org.magsd.trainer.data;

import java.nio.file.Path;
import java.util.Optional;

/**
 * One row of a labels csv.
 *
 * @param file the image
 * @param name the image as the csv names it
 * @param label the csv's label, not yet mapped to a class
 * @param patient pseudonymous patient identifier; absent where the csv gives none
 * @param source collection the film comes from, {@code unknown} where the csv gives none
 * @param split the csv's own split, for instance {@code train}
 * @param licence licence text as the csv gives it
 * @param sha256 digest of the image file the csv promises, lower-case hex
 * @param where the csv and the line, for messages
 */
public record LabelledFilm(
    Path file,
    String name,
    String label,
    Optional<String> patient,
    String source,
    Optional<String> split,
    Optional<String> licence,
    Optional<String> sha256,
    Where where) {

  /** The same film under another name for its source. */
  public LabelledFilm from(String otherSource) {
    return new LabelledFilm(file, name, label, patient, otherSource, split, licence, sha256, where);
  }

  /** A line of a csv; printed as {@code labels.csv:12}. */
  public record Where(Path csv, int line) {
    @Override
    public String toString() {
      return csv + ":" + line;
    }
  }
}
