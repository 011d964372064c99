package org.magsd.fhir.sandbox;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.OptionalParam;
import ca.uhn.fhir.rest.annotation.Search;
import ca.uhn.fhir.rest.param.ReferenceParam;
import ca.uhn.fhir.rest.param.TokenParam;
import java.util.List;
import java.util.function.Predicate;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;

/**
 * As {@link SandboxProvider}, for resources about a patient: search also by patient, subject and
 * study (R5's name, since R4 has no search by imaging study).
 */
final class SubjectProvider extends SandboxProvider {
  SubjectProvider(FhirContext context, SandboxStore store, Class<? extends Resource> type) {
    super(context, store, type);
  }

  /** Search by id, identifier, patient and imaging study. */
  @Search
  public List<Resource> search(
      @OptionalParam(name = Resource.SP_RES_ID) TokenParam id,
      @OptionalParam(name = "identifier") TokenParam identifier,
      @OptionalParam(name = "patient", targetTypes = org.hl7.fhir.r4.model.Patient.class)
          ReferenceParam patient,
      @OptionalParam(name = "subject", targetTypes = org.hl7.fhir.r4.model.Patient.class)
          ReferenceParam subject,
      @OptionalParam(name = "study", targetTypes = org.hl7.fhir.r4.model.ImagingStudy.class)
          ReferenceParam study) {
    return matching(
        hasId(id)
            .and(hasIdentifier(identifier))
            .and(refersTo("Patient", patient))
            .and(refersTo("Patient", subject))
            .and(refersTo("ImagingStudy", study)));
  }

  private Predicate<Resource> refersTo(String type, ReferenceParam wanted) {
    return resource ->
        wanted == null
            || context()
                .newTerser()
                .getAllPopulatedChildElementsOfType(resource, Reference.class)
                .stream()
                .map(reference -> reference.getReferenceElement())
                .anyMatch(
                    target ->
                        type.equals(target.getResourceType())
                            && wanted.getIdPart().equals(target.getIdPart()));
  }
}
