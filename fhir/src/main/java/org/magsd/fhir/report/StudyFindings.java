package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything one report says: the study and patient as the DICOM headers name them, one finding per
 * image with the model that made it, and the model the report goes by.
 *
 * @param images one finding per image, in the order of the report; at least one, each SOP instance
 *     once
 * @param model whose digest the report's ids are made of; it also stands for the images that no
 *     model assessed
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
    }
  }

  /** The ids of the report's resources. */
  ReportIds ids() {
    return ReportIds.of(study.studyInstanceUid(), model.sha256());
  }

  /** Every model that took part, the report's own first, each once. */
  public List<ModelDescription> models() {
    Map<String, ModelDescription> models = new LinkedHashMap<>();
    models.put(model.sha256(), model);
    for (ImageFinding image : images) {
      if (image instanceof ImageFinding.Assessed assessed) {
        models.putIfAbsent(assessed.model().sha256(), assessed.model());
      }
    }
    return List.copyOf(models.values());
  }

  /** The same without heat maps, each image that had one saying why it has none. */
  public StudyFindings withoutHeatMaps(String why) {
    List<ImageFinding> bare = new ArrayList<>();
    for (ImageFinding image : images) {
      bare.add(
          image instanceof ImageFinding.Assessed assessed ? assessed.withoutHeatMap(why) : image);
    }
    return new StudyFindings(study, patient, bare, model, revision, issued);
  }
}
