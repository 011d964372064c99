package org.magsd.fhir.report;

import java.util.Optional;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.magsd.fhir.report.ReportOptions.Created;

/**
 * How the parts of one report refer to each other: literally to what the report itself creates,
 * logically (by identifier) to what it does not.
 */
record References(StudyFindings findings, ReportOptions options, ReportIds ids) {

  /**
   * Whether the report writes the Patient: not where some of it has been forgotten, since that
   * would be taken from the one on the server.
   */
  boolean createsPatient() {
    return options.createdResources().contains(Created.PATIENT) && !findings.patient().forgotten();
  }

  /** Literal also where an earlier revision has written the Patient: who looks for it finds all. */
  Reference patient() {
    if (options.createdResources().contains(Created.PATIENT)) {
      return to("Patient", ids.patient(findings.patient(), options.patientIdSystem()));
    }
    Reference reference = new Reference().setType("Patient");
    PatientMapping.identifier(findings.patient(), options)
        .ifPresentOrElse(
            reference::setIdentifier, () -> reference.setDisplay("patient without an ID"));
    return reference;
  }

  Reference imagingStudy() {
    if (options.createdResources().contains(Created.IMAGING_STUDY)) {
      return to("ImagingStudy", ids.imagingStudy());
    }
    return new Reference()
        .setType("ImagingStudy")
        .setIdentifier(dicomUid(findings.study().studyInstanceUid()));
  }

  /** The order; empty where the headers name none that could be referred to. */
  Optional<Reference> serviceRequest() {
    return findings
        .study()
        .order()
        .flatMap(
            order -> {
              if (options.createdResources().contains(Created.SERVICE_REQUEST)) {
                return Optional.of(to("ServiceRequest", ids.serviceRequest()));
              }
              return StudyMapping.orderIdentifiers(order, options).stream()
                  .findFirst()
                  .map(id -> new Reference().setType("ServiceRequest").setIdentifier(id));
            });
  }

  Reference device(ModelDescription model) {
    return to("Device", ReportIds.device(model));
  }

  /** The model where R4 allows no Device (HL7 AI Transparency on FHIR, labelling). */
  Reference performer(ModelDescription model) {
    Reference performer = new Reference();
    performer.addExtension(Codes.ALTERNATE_REFERENCE_EXTENSION, device(model));
    return performer.setDisplay("Algorithm " + model.id());
  }

  Reference modelCard(ModelDescription model) {
    return to("DocumentReference", ReportIds.modelCard(model));
  }

  /**
   * The DICOM image itself, by its UID: FHIR R4 maps a SOP instance to Media.identifier
   * (media.html, mapping to DICOM).
   */
  Reference image(String sopInstanceUid) {
    return new Reference().setType("Media").setIdentifier(dicomUid(sopInstanceUid));
  }

  Reference to(Resource resource) {
    return to(resource.fhirType(), resource.getIdElement().getIdPart());
  }

  static Identifier dicomUid(String uid) {
    return new Identifier().setSystem(Codes.DICOM_UID).setValue(Codes.urn(uid));
  }

  private static Reference to(String type, String id) {
    return new Reference(type + "/" + id);
  }
}
