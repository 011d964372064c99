package org.magsd.inference.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;

/** Any number of different studies from a few real files: the same pixels under other UIDs. */
final class Films {
  private static final int DIGITS = 10;

  private final List<Template> templates;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Template(byte[] file, String study, String instance) {}

  /**
   * One film of its own study.
   *
   * @param file DICOM Part 10
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Film(String study, byte[] file) {}

  private Films(List<Template> templates) {
    this.templates = templates;
  }

  /**
   * The files of a folder that have UIDs long enough to be varied.
   *
   * @param assessed whether the service lets the network see a file; others would be no work
   */
  static Films in(Path folder, Predicate<byte[]> assessed) throws IOException {
    List<Template> templates = new ArrayList<>();
    DicomProvider dicom = DicomProvider.builtIn();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path path : files.filter(file -> file.toString().endsWith(".dcm")).sorted().toList()) {
        byte[] file = Files.readAllBytes(path);
        template(dicom, file).filter(one -> assessed.test(file)).ifPresent(templates::add);
      }
    }
    if (templates.isEmpty()) {
      throw new IOException(folder + " holds no film that can be assessed");
    }
    return new Films(List.copyOf(templates));
  }

  private static Optional<Template> template(DicomProvider dicom, byte[] file) {
    try {
      DicomInstance instance = dicom.parse(file);
      String study = instance.studyInstanceUid().orElse("");
      String image = instance.sopInstanceUid().orElse("");
      return study.length() > 2 * DIGITS && image.length() > 2 * DIGITS
          ? Optional.of(new Template(file, study, image))
          : Optional.empty();
    } catch (DicomException damaged) {
      return Optional.empty();
    }
  }

  /** How many differ in more than UIDs. */
  int kinds() {
    return templates.size();
  }

  /** The film of that number; the same number gives the same film. */
  Film film(int number) {
    Template template = templates.get(number % templates.size());
    String study = renumbered(template.study(), number);
    byte[] file = template.file().clone();
    replace(file, template.study(), study);
    replace(file, template.instance(), renumbered(template.instance(), number));
    return new Film(study, file);
  }

  /** As long as before, so that no length in the file changes. */
  private static String renumbered(String uid, int number) {
    String digits = Integer.toString(1_000_000_000 + number);
    return uid.substring(0, uid.length() - DIGITS) + digits.substring(digits.length() - DIGITS);
  }

  private static void replace(byte[] file, String from, String to) {
    byte[] old = from.getBytes(US_ASCII);
    byte[] fresh = to.getBytes(US_ASCII);
    for (int at = 0; at + old.length <= file.length; at++) {
      if (file[at] == old[0] && Arrays.equals(file, at, at + old.length, old, 0, old.length)) {
        System.arraycopy(fresh, 0, file, at, fresh.length);
      }
    }
  }
}
