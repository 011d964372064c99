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

  /** The least number of so many digits. */
  private static final int FIRST = 1_000_000_000;

  private final List<Template> templates;

  /**
   * A file, and the places in it where its UIDs end: finding them costs as much as decoding it.
   *
   * @param study its UID
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Template(byte[] file, String study, List<Integer> uidEnds) {}

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
          ? Optional.of(new Template(file, study, ends(file, study, image)))
          : Optional.empty();
    } catch (DicomException damaged) {
      return Optional.empty();
    }
  }

  /** How many differ in more than UIDs. */
  int kinds() {
    return templates.size();
  }

  private static List<Integer> ends(byte[] file, String... uids) {
    List<Integer> ends = new ArrayList<>();
    for (String text : uids) {
      byte[] uid = text.getBytes(US_ASCII);
      for (int at = 0; at + uid.length <= file.length; at++) {
        if (file[at] == uid[0] && Arrays.equals(file, at, at + uid.length, uid, 0, uid.length)) {
          ends.add(at + uid.length);
        }
      }
    }
    return ends;
  }

  /** The film of that number; the same number gives the same film. */
  Film film(int number) {
    Template template = templates.get(number % templates.size());
    String digits = Integer.toString(FIRST + number);
    byte[] last = digits.getBytes(US_ASCII);
    byte[] file = template.file().clone();
    for (int end : template.uidEnds()) {
      System.arraycopy(last, 0, file, end - DIGITS, DIGITS); // no length in the file changes
    }
    String study = template.study();
    return new Film(study.substring(0, study.length() - DIGITS) + digits, file);
  }
}
