package org.magsd.inference.stream;

import java.util.OptionalInt;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.StudyHeader;

/**
 * What the header of one instance says, as far as a report needs it.
 *
 * @param study the study with one series of one instance: this one
 * @param instancesInStudy number of study related instances (0020,1208), where the sender knows
 */
public record InstanceFacts(
    StudyHeader study, PatientHeader patient, OptionalInt instancesInStudy) {
  public InstanceFacts {
    if (study.series().size() != 1 || study.series().get(0).instances().size() != 1) {
      throw new IllegalArgumentException("an instance belongs to one series and is one instance");
    }
  }

  public String studyInstanceUid() {
    return study.studyInstanceUid();
  }

  public StudyHeader.SeriesHeader series() {
    return study.series().get(0);
  }

  public StudyHeader.InstanceHeader instance() {
    return series().instances().get(0);
  }

  /** The same with no more of the patient than the ID. */
  InstanceFacts withPatientIdAlone() {
    return new InstanceFacts(study, patient.idAlone(), instancesInStudy);
  }
}
