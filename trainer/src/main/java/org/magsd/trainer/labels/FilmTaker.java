package org.magsd.trainer.labels;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.magsd.inference.stream.GateRules;
import org.magsd.inference.stream.HeaderGate;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.image.Film;
import org.magsd.ingest.image.GrayImage;

/**
 * Takes the frontal films of labelled studies: through the gate and the presentation of serving,
 * into PNG files that hold grey levels and no header. Holds one film at a time.
 */
final class FilmTaker {
  private static final DicomProvider DICOM = DicomProvider.builtIn();
  private static final int PSEUDONYM = 16;

  private final Set<String> studies;
  private final Path folder;
  private final HeaderGate headerGate;
  private final GateRules rules;
  private final Map<String, Taken> films = new HashMap<>();
  private final SortedMap<String, Integer> turnedAway = new TreeMap<>();

  /**
   * A film taken.
   *
   * @param study StudyInstanceUID
   * @param instance SOPInstanceUID
   * @param patient pseudonym of the patient, by digest of the identifier; the study's where the
   *     header names none
   * @param file name of the picture, after the SHA-256 of the DICOM file
   */
  record Taken(String study, String instance, String patient, String file) {}

  /**
   * @param studies the labelled ones; films of others are passed over
   * @param folder where pictures go
   */
  FilmTaker(Set<String> studies, Path folder, GateRules rules) {
    this.studies = studies;
    this.folder = folder;
    this.rules = rules;
    this.headerGate = new HeaderGate(rules);
  }

  /** Whether a film under this key may be wanted; one without a key is looked into. */
  boolean wants(Optional<String> key) {
    return key.map(studies::contains).orElse(true);
  }

  /**
   * Takes a film, if it is a frontal one of a labelled study; the last of several with one
   * SOPInstanceUID stays.
   *
   * @throws IOException if the picture cannot be written
   */
  void take(byte[] file) throws IOException {
    try {
      DicomInstance instance = DICOM.parse(file);
      Optional<String> study = instance.studyInstanceUid().filter(studies::contains);
      if (study.isPresent()) {
        take(file, instance, study.get());
      }
    } catch (DicomException e) {
      turnAway("cannot be read");
    }
  }

  private void take(byte[] file, DicomInstance instance, String study)
      throws IOException, DicomException {
    Optional<String> unfit = headerGate.reasonToSkip(instance);
    if (unfit.isPresent()) {
      turnAway(unfit.get());
      return;
    }
    GrayImage film = Film.of(DICOM, instance);
    Optional<String> objection = rules.filmGate().objection(film);
    if (objection.isPresent()) {
      turnAway(objection.get());
      return;
    }
    String digest = Sha256.hex(file);
    Taken taken =
        new Taken(study, instance.sopInstanceUid().orElse(digest), patient(instance), digest);
    Taken before = films.put(taken.instance(), taken);
    write(film, folder.resolve(name(taken)));
    if (before != null && films.values().stream().noneMatch(f -> f.file().equals(before.file()))) {
      Files.delete(folder.resolve(name(before)));
    }
  }

  /** Counts a film that cannot be used, by what is before a bracket: one of few phrases. */
  void turnAway(String reason) {
    turnedAway.merge(reason.split("[:(]", 2)[0].strip(), 1, Integer::sum);
  }

  /** The films, in an order that does not depend on that of their arrival. */
  List<Taken> films() {
    return films.values().stream()
        .sorted(Comparator.comparing(Taken::study).thenComparing(Taken::instance))
        .toList();
  }

  /** How many films were turned away, by reason. */
  SortedMap<String, Integer> turnedAway() {
    return turnedAway;
  }

  static String name(Taken film) {
    return film.file() + ".png";
  }

  private static String patient(DicomInstance instance) {
    return instance
        .text(Tag.PATIENT_ID)
        .map(id -> instance.text(Tag.ISSUER_OF_PATIENT_ID).orElse("") + "\n" + id)
        .map(id -> Sha256.hex(id.getBytes(StandardCharsets.UTF_8)).substring(0, PSEUDONYM))
        .orElseGet(() -> "study " + instance.studyInstanceUid().orElse(""));
  }

  private static void write(GrayImage film, Path file) throws IOException {
    BufferedImage image =
        new BufferedImage(film.width(), film.height(), BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setDataElements(0, 0, film.width(), film.height(), film.pixels());
    if (!ImageIO.write(image, "png", file.toFile())) {
      throw new IOException("this Java runtime cannot write PNG");
    }
  }
}
