package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything one report says: the study and patient as the DICOM headers name them, one finding per
 * image, and the model that made them.
 *
 * @param images one finding per image, in the order of the report; at least one, each SOP instance
 *     once
 * @param revision 1 for the first report of a study, one more for each that replaces it
 * @param issued when the findings were put together; the report carries no other clock reading
 */
public record StudyFindings(
    StudyHeader study,
    PatientHeader patient,
    List<ImageFinding> images,
    ModelDescription model,
    int revision,
    Instant issued) {

  public StudyFindings {
    requireNonNull(study, "study");
    requireNonNull(patient, "patient");
    requireNonNull(model, "model");
    requireNonNull(issued, "issued");
    images = List.copyOf(images);
    if (revision < 1) {
      throw new IllegalArgumentException("revision " + revision + ": the first revision is 1");
    }
    if (images.isEmpty()) {
      throw new IllegalArgumentException(
          "study " + study.studyInstanceUid() + " has no image finding");
    }
    Set<String> seen = new HashSet<>();
    for (ImageFinding image : images) {
      if (!seen.add(image.sopInstanceUid())) {
        throw new IllegalArgumentException(
            "SOP instance " + image.sopInstanceUid() + " has two findings");
      }
      if (image instanceof ImageFinding.Assessed assessed) {
        model.requireClasses(assessed);
      }
    }
  }
}
