package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.model.api.TemporalPrecisionEnum;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.concurrent.ConcurrentHashMap;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleEntryComponent;
import org.hl7.fhir.r4.model.Bundle.BundleType;
import org.hl7.fhir.r4.model.Bundle.HTTPVerb;
import org.hl7.fhir.r4.model.Device;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.DiagnosticReport.DiagnosticReportStatus;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.InstantType;
import org.hl7.fhir.r4.model.Media;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Provenance;
import org.hl7.fhir.r4.model.Provenance.ProvenanceEntityRole;
import org.hl7.fhir.r4.model.Resource;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ReportOptions.Created;

/**
 * Maps the findings of one study to a FHIR R4 transaction Bundle: a preliminary DiagnosticReport
 * with what it rests on, every entry a PUT with an id that depends on the study and the model alone
 * ({@link ReportIds}). Safe for many threads.
 */
public final class ReportMapper {
  private static final FhirContext CONTEXT = withoutContained();

  private final ReportOptions options;

  /** What every report says of a model, as JSON: encoded with the model's first report. */
  private final Map<ModelDescription, List<EncodedModel>> models = new ConcurrentHashMap<>();

  /**
   * One resource that depends on the model alone.
   *
   * @param stub the resource with nothing but its id
   * @param stubJson the stub as it stands in a bundle
   * @param json what is to stand there
   */
  private record EncodedModel(Resource stub, String stubJson, String json) {}

  public ReportMapper(ReportOptions options) {
    this.options = requireNonNull(options, "options");
  }

  /** No report contains resources; looking for some to contain takes a third of the encoding. */
  private static FhirContext withoutContained() {
    FhirContext context = FhirContext.forR4();
    context.getParserOptions().setAutoContainReferenceTargetsWithNoId(false);
    return context;
  }

  /**
   * The report as JSON: the same findings always give the same text, byte for byte.
   *
   * @return one transaction Bundle, every entry a PUT, without line breaks
   */
  public String toBundleJson(StudyFindings findings) {
    String json = encode(bundle(findings));
    for (ModelDescription model : findings.models()) {
      for (EncodedModel part : encoded(model)) {
        int at = json.indexOf(part.stubJson());
        if (at < 0) {
          throw new IllegalStateException("no place for the " + part.stub().fhirType());
        }
        json = json.substring(0, at) + part.json() + json.substring(at + part.stubJson().length());
      }
    }
    return json;
  }

  private List<EncodedModel> encoded(ModelDescription model) {
    return models.computeIfAbsent(
        model,
        same ->
            List.of(
                encoded(new DocumentReference(), ModelMapping.modelCard(model)),
                encoded(new Device(), ModelMapping.device(model))));
  }

  private EncodedModel encoded(Resource stub, Resource whole) {
    stub.setId(whole.getIdElement().getIdPart());
    return new EncodedModel(stub, encode(stub), encode(whole));
  }

  private String encode(Resource resource) {
    return CONTEXT.newJsonParser().encodeResourceToString(resource);
  }

  /** With stubs in the place of what depends on models alone. */
  private Bundle bundle(StudyFindings findings) {
    ReportIds ids = findings.ids();
    References references = new References(findings, options, ids);
    Bundle bundle = new Bundle();
    bundle.setId(ids.bundle());
    bundle.setType(BundleType.TRANSACTION);
    bundle.setTimestampElement(instant(findings.issued()));
    for (Resource resource : resources(references)) {
      String url = resource.fhirType() + "/" + resource.getIdElement().getIdPart();
      BundleEntryComponent entry =
          bundle.addEntry().setFullUrl(Codes.OWN + url).setResource(resource);
      entry.getRequest().setMethod(HTTPVerb.PUT).setUrl(url);
    }
    return bundle;
  }

  /** What the report needs first, the report and its provenance last. */
  private List<Resource> resources(References references) {
    StudyFindings findings = references.findings();
    ReportIds ids = references.ids();
    FindingMapping mapping = new FindingMapping(references);
    List<Resource> resources = new ArrayList<>();
    if (references.createsPatient()) {
      resources.add(PatientMapping.patient(findings, options, ids));
    }
    if (options.createdResources().contains(Created.SERVICE_REQUEST)) {
      StudyMapping.serviceRequest(references).ifPresent(resources::add);
    }
    if (options.createdResources().contains(Created.IMAGING_STUDY)) {
      resources.add(StudyMapping.imagingStudy(references));
    }
    for (ModelDescription model : findings.models()) {
      encoded(model).forEach(part -> resources.add(part.stub().copy()));
    }
    List<Observation> observations = findings.images().stream().map(mapping::observation).toList();
    List<Media> heatMaps = new ArrayList<>();
    List<Media> withdrawn = new ArrayList<>();
    for (ImageFinding image : findings.images()) {
      Optional<Media> heatMap =
          image instanceof Assessed assessed ? mapping.heatMap(assessed) : Optional.empty();
      heatMap.ifPresent(heatMaps::add);
      if (heatMap.isEmpty() && image.hadHeatMap()) {
        withdrawn.add(mapping.withdrawnHeatMap(image.sopInstanceUid()));
      }
    }
    DiagnosticReport report = report(references, observations, heatMaps);
    resources.addAll(observations);
    resources.addAll(heatMaps);
    resources.addAll(withdrawn);
    resources.add(report);
    resources.add(provenance(references, report, observations, heatMaps));
    return resources;
  }

  private static DiagnosticReport report(
      References references, List<Observation> observations, List<Media> heatMaps) {
    StudyFindings findings = references.findings();
    String id = references.ids().report();
    DiagnosticReport report = new DiagnosticReport();
    report.setId(id);
    report.getMeta().addSecurity(Codes.AI_ASSERTED.coding());
    report.addIdentifier().setSystem(Codes.REPORT_ID).setValue(id);
    report
        .addIdentifier()
        .setSystem(Codes.REPORT_REVISION)
        .setValue(id + "/" + findings.revision());
    references.serviceRequest().ifPresent(report::addBasedOn);
    report.setStatus(DiagnosticReportStatus.PRELIMINARY);
    report.addCategory(Codes.RADIOLOGY.concept());
    report.setCode(StudyMapping.code(findings).concept());
    report.setSubject(references.patient());
    StudyMapping.started(findings.study()).ifPresent(report::setEffective);
    report.setIssuedElement(instant(findings.issued()));
    observations.forEach(observation -> report.addResult(references.to(observation)));
    report.addImagingStudy(references.imagingStudy());
    heatMaps.forEach(
        map ->
            report.addMedia().setComment(map.getContent().getTitle()).setLink(references.to(map)));
    report.setConclusion(StudyOutcome.sentence(findings));
    StudyOutcome.of(findings).stream()
        .flatMap(outcome -> outcome.concluded().stream())
        .forEach(found -> report.addConclusionCode(ModelMapping.concept(found)));
    FhirText.narrate(report, report.getConclusion());
    return report;
  }

  private static Provenance provenance(
      References references,
      DiagnosticReport report,
      List<Observation> observations,
      List<Media> heatMaps) {
    StudyFindings findings = references.findings();
    Provenance provenance = new Provenance();
    provenance.setId(references.ids().provenance());
    provenance.addTarget(references.to(report));
    observations.forEach(observation -> provenance.addTarget(references.to(observation)));
    heatMaps.forEach(map -> provenance.addTarget(references.to(map)));
    provenance.setRecordedElement(instant(findings.issued()));
    provenance.addReason(Codes.AI_ASSERTED.concept());
    provenance.addEntity().setRole(ProvenanceEntityRole.SOURCE).setWhat(references.imagingStudy());
    for (ModelDescription model : findings.models()) {
      provenance
          .addAgent()
          .setType(Codes.AUTHOR.concept())
          .addRole(Codes.ARTIFICIAL_INTELLIGENCE.concept())
          .setWho(references.device(model));
      provenance
          .addEntity()
          .setRole(ProvenanceEntityRole.DERIVATION)
          .setWhat(references.modelCard(model));
    }
    FhirText.narrate(provenance, "Made by the " + StudyOutcome.author(findings));
    return provenance;
  }

  /** In UTC, to the millisecond, whatever this machine's zone is. */
  static InstantType instant(Instant instant) {
    return new InstantType(
        Date.from(instant), TemporalPrecisionEnum.MILLI, TimeZone.getTimeZone("UTC"));
  }
}
