package org.magsd.fhir.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.magsd.fhir.report.ParsedReports.all;
import static org.magsd.fhir.report.ParsedReports.assertCode;
import static org.magsd.fhir.report.ParsedReports.bundle;
import static org.magsd.fhir.report.ParsedReports.one;
import static org.magsd.fhir.report.ParsedReports.parse;

import ca.uhn.fhir.context.FhirContext;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.TimeZone;
import org.assertj.core.groups.Tuple;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleType;
import org.hl7.fhir.r4.model.Bundle.HTTPVerb;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Device;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.DiagnosticReport.DiagnosticReportStatus;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.ImagingStudy;
import org.hl7.fhir.r4.model.Media;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Observation.ObservationStatus;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Provenance;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.ReportOptions.Created;

class ReportMapperTest {
  private static final FhirContext CONTEXT = FhirContext.forR4Cached();
  private static final ReportMapper MAPPER = new ReportMapper(ReportOptions.defaults());
  private static final ReportIds IDS =
      ReportIds.of(SampleFindings.STUDY, SampleFindings.model().sha256());

  /** The mapper puts what depends on models alone into the text ready-made. */
  @Test
  void writesEveryResourceAsItsPlainEncodingWhateverTheNumberOfModels() {
    ReportMapper mapper = new ReportMapper(ReportOptions.defaults());
    for (StudyFindings findings :
        List.of(
            SampleFindings.twoImages(),
            SampleFindings.twoModels(),
            SampleFindings.notAssessed(),
            SampleFindings.twoImages())) {
      String json = mapper.toBundleJson(findings);

      for (ModelDescription model : findings.models()) {
        assertThat(json)
            .containsOnlyOnce("\"resource\":" + encoded(ModelMapping.device(model)) + ",")
            .containsOnlyOnce("\"resource\":" + encoded(ModelMapping.modelCard(model)) + ",");
      }
      assertThat(encoded(parse(json))).isEqualTo(json);
    }
  }

  private static String encoded(Resource resource) {
    return CONTEXT.newJsonParser().encodeResourceToString(resource);
  }

  @Test
  void isOneTransactionOfPutsUnderFixedIds() {
    Bundle bundle = bundle(SampleFindings.twoImages());
    assertThat(bundle.getType()).isEqualTo(BundleType.TRANSACTION);
    assertThat(bundle.getIdElement().getIdPart()).isEqualTo(IDS.bundle());
    assertThat(bundle.getEntry())
        .allSatisfy(
            entry -> {
              Resource resource = entry.getResource();
              String url = resource.fhirType() + "/" + resource.getIdElement().getIdPart();
              assertThat(entry.getRequest().getMethod()).isEqualTo(HTTPVerb.PUT);
              assertThat(entry.getRequest().getUrl()).isEqualTo(url);
              assertThat(entry.getFullUrl()).endsWith("/" + url);
              assertThat(resource.getIdElement().getIdPart())
                  .matches("[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
            })
        .extracting(entry -> entry.getResource().fhirType())
        .containsExactly(
            "Patient",
            "ServiceRequest",
            "ImagingStudy",
            "DocumentReference",
            "Device",
            "Observation",
            "Observation",
            "Media",
            "Media",
            "DiagnosticReport",
            "Provenance");
  }

  @Test
  void isTheSameTextEveryTimeAndInEveryZone() {
    String json = MAPPER.toBundleJson(SampleFindings.twoImages());
    TimeZone zone = TimeZone.getDefault();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
      assertThat(
              new ReportMapper(ReportOptions.defaults()).toBundleJson(SampleFindings.twoImages()))
          .isEqualTo(json);
    } finally {
      TimeZone.setDefault(zone);
    }
  }

  @Test
  void survivesAParserAndItsEncoderUnchanged() {
    for (StudyFindings each :
        List.of(SampleFindings.twoImages(), SampleFindings.unicodeNames(), SampleFindings.bare())) {
      String json = MAPPER.toBundleJson(each);
      assertThat(CONTEXT.newJsonParser().encodeResourceToString(parse(json))).isEqualTo(json);
    }
  }

  @Test
  void everyReferenceLeadsToAnEntryOrIsLogical() {
    Bundle bundle = bundle(SampleFindings.twoImages());
    List<String> urls =
        bundle.getEntry().stream().map(entry -> entry.getRequest().getUrl()).toList();
    List<Reference> references =
        bundle.getEntry().stream()
            .flatMap(
                entry ->
                    CONTEXT
                        .newTerser()
                        .getAllPopulatedChildElementsOfType(entry.getResource(), Reference.class)
                        .stream())
            .toList();
    assertThat(references).isNotEmpty();
    assertThat(references)
        .allSatisfy(
            reference -> {
              if (reference.hasReference()) {
                assertThat(urls).contains(reference.getReference());
              } else {
                assertThat(
                        reference.hasIdentifier()
                            || reference.hasExtension()
                            || reference.hasDisplay())
                    .isTrue();
              }
            });
  }

  @Test
  void aNewRevisionHasTheSameIdsAndSaysItsNumber() {
    Bundle first = bundle(SampleFindings.singleView());
    Bundle second = bundle(SampleFindings.revision(SampleFindings.singleView(), 2));
    assertThat(urls(second)).isEqualTo(urls(first));
    assertThat(revision(first)).isEqualTo(IDS.report() + "/1");
    assertThat(revision(second)).isEqualTo(IDS.report() + "/2");
  }

  @Test
  void theReportIsPreliminaryAndMarkedAsAnAlgorithms() {
    DiagnosticReport report = one(SampleFindings.singleView(), DiagnosticReport.class);
    assertThat(report.getStatus()).isEqualTo(DiagnosticReportStatus.PRELIMINARY);
    assertThat(report.getMeta().getSecurity())
        .extracting(Coding::getSystem, Coding::getCode)
        .containsExactly(
            Tuple.tuple("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "AIAST"));
    assertCode(
        report.getCategoryFirstRep(), "http://terminology.hl7.org/CodeSystem/v2-0074", "RAD");
    assertThat(report.getIssuedElement().getValueAsString())
        .isEqualTo("2026-03-01T10:15:30.250+00:00");
    assertThat(report.getEffectiveDateTimeType().getValueAsString())
        .isEqualTo("2026-02-28T23:50:00+01:00");
    assertThat(report.getSubject().getReference())
        .isEqualTo("Patient/" + IDS.patient(SampleFindings.patient(), Optional.empty()));
    assertThat(report.getImagingStudyFirstRep().getReference())
        .isEqualTo("ImagingStudy/" + IDS.imagingStudy());
    assertThat(report.getConclusion())
        .contains("magsd-r18 0.1.0", "not reviewed by a human", "suspected COVID-19");
    assertCode(report.getConclusionCodeFirstRep(), "http://snomed.info/sct", "840544004");
    assertThat(report.getMediaFirstRep().getLink().getReference())
        .isEqualTo("Media/" + IDS.heatMap(SampleFindings.IMAGE_1));
  }

  @Test
  void pinsEveryFixedCodeWithItsDisplay() {
    String tho = "http://terminology.hl7.org/CodeSystem/";
    String guide = "http://hl7.org/fhir/uv/aitransparency/CodeSystem/";
    assertThat(Codes.all())
        .extracting(code -> code.system() + "|" + code.code() + "|" + code.display())
        .filteredOn(code -> !code.startsWith("https://magsd.org/"))
        .containsExactlyInAnyOrder(
            tho + "v3-ObservationValue|AIAST|Artificial Intelligence asserted",
            tho + "v2-0074|RAD|Radiology",
            tho + "observation-category|imaging|Imaging",
            tho + "v3-ObservationInterpretation|POS|Positive",
            tho + "v3-ObservationInterpretation|NEG|Negative",
            tho + "v3-ObservationInterpretation|IND|Indeterminate",
            tho + "data-absent-reason|not-performed|Not Performed",
            tho + "data-absent-reason|error|Error",
            tho + "v2-0203|ACSN|Accession ID",
            tho + "v2-0203|PLAC|Placer Identifier",
            tho + "v2-0203|FILL|Filler Identifier",
            tho + "media-type|image|Image",
            tho + "provenance-participant-type|author|Author",
            "http://loinc.org|36643-5|XR Chest 2 Views",
            "http://loinc.org|36554-4|XR Chest Single view",
            "http://loinc.org|18748-4|Diagnostic imaging study",
            guide + "AIdeviceTypeCS|Artificial-Intelligence|All kinds of Artificial Intelligence",
            guide + "AIdeviceTypeCS|Deep-Learning-Models|Deep Learning Models",
            guide + "AIinputsCS|AIModelCard|AI Model-Card",
            guide + "AIinputsCS|AIModelCardMarkdownFormat|Markdown Format");
  }

  @Test
  void anObservationHasEachClassWithItsProbabilityAndInterpretation() {
    Observation observation = one(SampleFindings.singleView(), Observation.class);
    assertThat(observation.getStatus()).isEqualTo(ObservationStatus.PRELIMINARY);
    assertCode(
        observation.getCategoryFirstRep(),
        "http://terminology.hl7.org/CodeSystem/observation-category",
        "imaging");
    assertThat(observation.getDevice().getReference())
        .isEqualTo("Device/" + ReportIds.device(SampleFindings.model()));
    assertThat(observation.getPerformerFirstRep().getExtensionFirstRep().getUrl())
        .isEqualTo("http://hl7.org/fhir/StructureDefinition/alternate-reference");
    assertThat(observation.getDerivedFrom().get(0).getReference())
        .isEqualTo("ImagingStudy/" + IDS.imagingStudy());
    assertThat(observation.getDerivedFrom().get(1).getIdentifier().getValue())
        .isEqualTo("urn:oid:" + SampleFindings.IMAGE_1);
    assertThat(interpretation(observation.getInterpretation())).isEqualTo("POS");
    assertThat(observation.getComponent())
        .extracting(
            part -> part.getCode().getText(),
            part -> ((Quantity) part.getValue()).getValue().toPlainString(),
            part -> ((Quantity) part.getValue()).getSystem(),
            part -> ((Quantity) part.getValue()).getCode(),
            part -> interpretation(part.getInterpretation()))
        .containsExactly(
            quantity("COVID-19", "0.9123", "POS"),
            quantity("Pneumonia", "0.0500", "NEG"),
            quantity("No pneumonia", "0.0377", "NEG"));
    assertCode(observation.getValueCodeableConcept(), "http://snomed.info/sct", "840544004");
  }

  @Test
  void aClassWithoutASnomedCodeHasTheModelsLabelOnly() {
    Observation observation = one(SampleFindings.singleView(), Observation.class);
    assertThat(observation.getComponent().get(2).getCode().getCoding())
        .extracting(Coding::getSystem)
        .containsExactly("https://magsd.org/fhir/CodeSystem/class-label");
  }

  @Test
  void aStudyOfWhichNothingWasAssessedSaysWhy() {
    Bundle bundle = bundle(SampleFindings.notAssessed());
    List<Observation> observations = all(bundle, Observation.class);
    assertThat(observations)
        .extracting(
            each -> each.getDataAbsentReason().getCodingFirstRep().getCode(),
            each -> each.getDataAbsentReason().getText())
        .containsExactly(
            Tuple.tuple("not-performed", "lateral view"),
            Tuple.tuple("error", "pixel data ends early."));
    assertThat(observations).noneMatch(Observation::hasValue).noneMatch(Observation::hasComponent);
    DiagnosticReport report = all(bundle, DiagnosticReport.class).get(0);
    assertThat(report.getResult()).hasSize(2);
    assertThat(report.getConclusion()).startsWith("Not assessed").contains("lateral view");
    assertThat(report.hasConclusionCode()).isFalse();
    assertThat(all(bundle, Media.class)).isEmpty();
  }

  @Test
  void theModelIsADeviceWithItsDigestThresholdsAndTemperature() {
    Device device = one(SampleFindings.singleView(), Device.class);
    assertThat(device.getType().getCoding()).hasSize(1);
    assertCode(
        device.getType(),
        "http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIdeviceTypeCS",
        "Artificial-Intelligence");
    assertThat(device.getIdentifierFirstRep().getValue()).isEqualTo(SampleFindings.DIGEST);
    assertThat(device.getVersionFirstRep().getValue()).isEqualTo("0.1.0");
    assertThat(device.getDeviceNameFirstRep().getName()).isEqualTo("magsd-r18");
    assertThat(device.getProperty())
        .extracting(property -> property.getType().getCodingFirstRep().getCode())
        .containsExactly(
            "temperature", "class", "threshold", "class", "threshold", "class", "threshold");
    assertThat(device.getProperty().get(0).getValueQuantityFirstRep().getValue())
        .isEqualByComparingTo("1.7");
  }

  @Test
  void theModelAndItsCardDependOnTheModelAlone() {
    Bundle one = bundle(SampleFindings.singleView());
    Bundle other = bundle(SampleFindings.ofStudy("1.2.3.4", 3));
    for (Class<? extends Resource> type : List.of(Device.class, DocumentReference.class)) {
      assertThat(all(one, type).get(0).equalsDeep(all(other, type).get(0))).isTrue();
    }
  }

  @Test
  void theModelCardIsMarkdown() {
    DocumentReference card = one(SampleFindings.singleView(), DocumentReference.class);
    assertCode(
        card.getType(),
        "http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIinputsCS",
        "AIModelCard");
    assertCode(
        card.getCategoryFirstRep(),
        "http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIinputsCS",
        "AIModelCardMarkdownFormat");
    assertThat(card.getContentFirstRep().getAttachment().getContentType())
        .isEqualTo("text/markdown");
    assertThat(new String(card.getContentFirstRep().getAttachment().getData(), UTF_8))
        .isEqualTo(SampleFindings.model().modelCardMarkdown());
  }

  @Test
  void provenanceNamesTheModelItsCardAndTheImages() {
    Provenance provenance = one(SampleFindings.twoImages(), Provenance.class);
    assertThat(provenance.getTarget())
        .extracting(Reference::getReference)
        .contains("DiagnosticReport/" + IDS.report())
        .contains("Observation/" + IDS.observation(SampleFindings.IMAGE_2));
    assertThat(provenance.getReasonFirstRep().getCodingFirstRep().getCode()).isEqualTo("AIAST");
    assertThat(provenance.getAgentFirstRep().getRoleFirstRep().getCodingFirstRep().getCode())
        .isEqualTo("Artificial-Intelligence");
    assertThat(provenance.getAgentFirstRep().getWho().getReference())
        .isEqualTo("Device/" + ReportIds.device(SampleFindings.model()));
    assertThat(provenance.getEntity())
        .extracting(each -> each.getRole().toCode(), each -> each.getWhat().getReference())
        .containsExactly(
            Tuple.tuple("source", "ImagingStudy/" + IDS.imagingStudy()),
            Tuple.tuple(
                "derivation", "DocumentReference/" + ReportIds.modelCard(SampleFindings.model())));
    assertThat(provenance.getRecordedElement().getValueAsString())
        .isEqualTo("2026-03-01T10:15:30.250+00:00");
  }

  @Test
  void aSmallHeatMapIsInlineAndALargeOneALinkOrLeftOut() {
    Media inline = one(SampleFindings.singleView(), Media.class);
    assertThat(inline.getContent().getData()).isEqualTo(SampleFindings.heatMap().png());
    assertThat(inline.getIdentifierFirstRep().getValue()).isEqualTo(SampleFindings.IMAGE_1);
    assertThat(inline.getWidth()).isEqualTo(16);
    assertThat(inline.getHeight()).isEqualTo(12);

    Bundle linked = parse(limited(Optional.of("https://films.invalid/")));
    assertThat(all(linked, Media.class).get(0).getContent().getUrl())
        .isEqualTo("https://films.invalid/" + SampleFindings.IMAGE_1 + ".png");
    assertThat(all(linked, Media.class).get(0).getContent().hasData()).isFalse();

    Bundle without = parse(limited(Optional.empty()));
    assertThat(all(without, Media.class)).isEmpty();
    assertThat(all(without, Observation.class).get(0).getNoteFirstRep().getText())
        .contains("over the limit of 10 bytes");
  }

  @Test
  void refersLogicallyToWhatTheSiteCreatesItself() {
    ReportOptions options =
        new ReportOptions(
            EnumSet.noneOf(Created.class),
            Optional.of("urn:oid:1.2.3.4.5.6"),
            Optional.empty(),
            Optional.empty(),
            ReportOptions.DEFAULT_INLINE_HEAT_MAP_LIMIT,
            Optional.empty());
    Bundle bundle = parse(new ReportMapper(options).toBundleJson(SampleFindings.singleView()));
    assertThat(all(bundle, Patient.class)).isEmpty();
    assertThat(all(bundle, ImagingStudy.class)).isEmpty();
    assertThat(all(bundle, ServiceRequest.class)).isEmpty();
    DiagnosticReport report = all(bundle, DiagnosticReport.class).get(0);
    assertThat(report.getSubject().hasReference()).isFalse();
    assertThat(report.getSubject().getIdentifier().hasSystem()).isFalse();
    assertThat(report.getSubject().getIdentifier().getAssigner().getDisplay())
        .isEqualTo("General Hospital");
    assertThat(report.getSubject().getIdentifier().getValue()).isEqualTo("PAT-0815");
    assertThat(report.getImagingStudyFirstRep().getIdentifier().getValue())
        .isEqualTo("urn:oid:" + SampleFindings.STUDY);
    assertThat(report.getBasedOnFirstRep().getIdentifier().getValue()).isEqualTo("P-77");
  }

  private static Tuple quantity(String text, String value, String meaning) {
    return Tuple.tuple(text, value, "http://unitsofmeasure.org", "1", meaning);
  }

  private static String limited(Optional<String> base) {
    ReportOptions options =
        new ReportOptions(
            EnumSet.allOf(Created.class),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            10,
            base);
    return new ReportMapper(options).toBundleJson(SampleFindings.singleView());
  }

  private static String interpretation(List<CodeableConcept> interpretations) {
    return interpretations.get(0).getCodingFirstRep().getCode();
  }

  private static String revision(Bundle bundle) {
    return all(bundle, DiagnosticReport.class).get(0).getIdentifier().get(1).getValue();
  }

  private static List<String> urls(Bundle bundle) {
    return bundle.getEntry().stream().map(entry -> entry.getRequest().getUrl()).toList();
  }
}
