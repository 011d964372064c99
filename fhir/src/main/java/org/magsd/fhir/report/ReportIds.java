package org.magsd.fhir.report;

import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * The resource ids of a study's report, without making it: UUIDv5 of study UID, model digest and
 * role. Every revision of the report has the same ids, so that a newer one overwrites an older one
 * and a repeated delivery changes nothing.
 */
public final class ReportIds {
  static final UUID NAMESPACE = UuidV5.of(UuidV5.URL, "https://magsd.org/fhir");

  private final String studyInstanceUid;
  private final String modelSha256;

  private ReportIds(String studyInstanceUid, String modelSha256) {
    this.studyInstanceUid = studyInstanceUid;
    this.modelSha256 = modelSha256;
  }

  /**
   * @param modelSha256 digest of the ONNX file in hexadecimal
   */
  public static ReportIds of(String studyInstanceUid, String modelSha256) {
    return new ReportIds(studyInstanceUid, modelSha256.toLowerCase(Locale.ROOT));
  }

  /** Id of the Bundle itself. */
  public String bundle() {
    return reported("bundle");
  }

  /** Id of the DiagnosticReport. */
  public String report() {
    return reported("report");
  }

  /** Id of the Provenance. */
  public String provenance() {
    return reported("provenance");
  }

  /** Id of the Observation of one image. */
  public String observation(String sopInstanceUid) {
    return reported("observation|" + sopInstanceUid);
  }

  /** Id of the Media with the heat map of one image. */
  public String heatMap(String sopInstanceUid) {
    return reported("heat-map|" + sopInstanceUid);
  }

  /** Id of the ImagingStudy; the same for every model. */
  public String imagingStudy() {
    return id("imaging-study|" + studyInstanceUid);
  }

  /** Id of the ServiceRequest; the same for every model. */
  public String serviceRequest() {
    return id("service-request|" + studyInstanceUid);
  }

  /**
   * Id of the Patient: by issuer and patient ID, so that a patient's studies share it, and nobody
   * else's do.
   *
   * @param sites the system of patient IDs without an issuer
   */
  public String patient(PatientHeader patient, Optional<String> sites) {
    String issuer = Issuer.key(patient.issuer(), sites).replace("\\", "\\\\").replace("|", "\\|");
    return FhirText.clean(patient.id())
        .map(id -> id("patient|" + issuer + "|" + id))
        .orElseGet(() -> id("patient-of-study|" + studyInstanceUid));
  }

  /** Id of the Device, a model; the same for every study. */
  public static String device(ModelDescription model) {
    return id("device|" + model.sha256());
  }

  /** Id of the DocumentReference with a model's card; the same for every study. */
  public static String modelCard(ModelDescription model) {
    return id("model-card|" + model.sha256());
  }

  /** Whether a text has the form of these ids. */
  public static boolean isId(String text) {
    return Uids.isUuid(text);
  }

  private String reported(String role) {
    return id(studyInstanceUid + "|" + modelSha256 + "|" + role);
  }

  private static String id(String name) {
    return UuidV5.of(NAMESPACE, name).toString();
  }
}
