package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.magsd.fhir.report.ParsedReports.all;
import static org.magsd.fhir.report.ParsedReports.assertCode;
import static org.magsd.fhir.report.ParsedReports.bundle;
import static org.magsd.fhir.report.ParsedReports.one;
import static org.magsd.fhir.report.ParsedReports.parse;

import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.assertj.core.groups.Tuple;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.Enumerations.AdministrativeGender;
import org.hl7.fhir.r4.model.HumanName;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.ImagingStudy;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.junit.jupiter.api.Test;

/** What the DICOM headers become: patient, study, order. */
class HeaderMappingTest {
  private static final ReportIds IDS =
      ReportIds.of(SampleFindings.STUDY, SampleFindings.model().sha256());

  @Test
  void theStudyHasItsUidAccessionNumberAndImages() {
    ImagingStudy study = one(SampleFindings.twoImages(), ImagingStudy.class);
    Identifier uid = study.getIdentifier().get(0);
    assertThat(uid.getSystem()).isEqualTo("urn:dicom:uid");
    assertThat(uid.getValue()).isEqualTo("urn:oid:" + SampleFindings.STUDY);
    Identifier accession = study.getIdentifier().get(1);
    assertCode(accession.getType(), "http://terminology.hl7.org/CodeSystem/v2-0203", "ACSN");
    assertThat(accession.getSystem()).isEqualTo("urn:oid:1.2.3.4.5");
    assertThat(accession.getValue()).isEqualTo("A-1001");
    assertThat(study.getModalityFirstRep().getCode()).isEqualTo("DX");
    assertThat(study.getNumberOfInstances()).isEqualTo(2);
    assertThat(study.getSeriesFirstRep().getInstance())
        .extracting(each -> each.getUid())
        .containsExactly(SampleFindings.IMAGE_1, SampleFindings.IMAGE_2);
    assertThat(study.getSeriesFirstRep().getInstanceFirstRep().getSopClass().getCode())
        .isEqualTo("urn:oid:" + SampleFindings.DX);
  }

  /** Some de-identifying tools write a bare UUID, and some devices what is no OID. */
  @Test
  void aUidThatIsNoOidIsNotCalledOne() {
    assertThat(identifierOf("0F8FAD5B-d9cb-469f-a165-70867728950e"))
        .isEqualTo("urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e");
    assertThat(identifierOf("1.2.03..4")).isEqualTo("1.2.03..4");
  }

  private static String identifierOf(String uid) {
    StudyFindings plain = SampleFindings.singleView();
    StudyHeader study =
        new StudyHeader(
            uid,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            plain.study().series(),
            Optional.empty());
    return one(
            SampleFindings.findings(
                study, plain.patient(), SampleFindings.covid(SampleFindings.IMAGE_1)),
            ImagingStudy.class)
        .getIdentifierFirstRep()
        .getValue();
  }

  @Test
  void theOrderIsAServiceRequest() {
    ServiceRequest order = one(SampleFindings.singleView(), ServiceRequest.class);
    assertThat(order.getIdentifier())
        .extracting(each -> each.getType().getCodingFirstRep().getCode(), Identifier::getValue)
        .containsExactly(
            Tuple.tuple("PLAC", "P-77"),
            Tuple.tuple("FILL", "F-78"),
            Tuple.tuple("ACSN", "A-1001"));
    assertThat(order.getPriority().toCode()).isEqualTo("urgent");
    assertThat(order.getCode().getText()).isEqualTo("Chest X-ray");
    DiagnosticReport report = one(SampleFindings.singleView(), DiagnosticReport.class);
    assertThat(report.getBasedOnFirstRep().getReference())
        .isEqualTo("ServiceRequest/" + IDS.serviceRequest());
  }

  @Test
  void thePatientHasNameBirthDateSexAndIssuer() {
    Patient patient = one(SampleFindings.singleView(), Patient.class);
    assertThat(patient.getNameFirstRep().getFamily()).isEqualTo("Müller");
    assertThat(patient.getNameFirstRep().getGivenAsSingleString()).isEqualTo("Anna Maria Luise");
    assertThat(patient.getNameFirstRep().getPrefixAsSingleString()).isEqualTo("Dr.");
    assertThat(patient.getNameFirstRep().getSuffixAsSingleString()).isEqualTo("jun.");
    assertThat(patient.getBirthDateElement().getValueAsString()).isEqualTo("1961-07-09");
    assertThat(patient.getGender()).isEqualTo(AdministrativeGender.FEMALE);
    assertThat(patient.getIdentifierFirstRep().getValue()).isEqualTo("PAT-0815");
    assertThat(patient.getIdentifierFirstRep().getAssigner().getDisplay())
        .isEqualTo("General Hospital");
  }

  /** What is on the server may know more. */
  @Test
  void aPatientOfWhomTheRestIsForgottenIsReferredToAndNotWritten() {
    Bundle bundle = bundle(SampleFindings.forgottenPatient());
    assertThat(all(bundle, Patient.class)).isEmpty();
    Reference subject = all(bundle, DiagnosticReport.class).get(0).getSubject();
    assertThat(subject.getReference())
        .as("the one that an earlier revision has written")
        .isEqualTo(
            all(bundle(SampleFindings.singleView()), DiagnosticReport.class)
                .get(0)
                .getSubject()
                .getReference());
    assertThat(all(bundle, Observation.class).get(0).getSubject().getReference())
        .isEqualTo(subject.getReference());
  }

  @Test
  void aPatientWhoseHeaderHasAnIdAloneIsWritten() {
    assertThat(header("PAT-0815", "").idAlone().forgotten()).isFalse();
    assertThat(patient("").getIdentifierFirstRep().getValue()).isEqualTo("PAT-0815");
  }

  @Test
  void theOrdersPriorityIsThatOfTheHeader() {
    assertThat(priority(false, false)).isEqualTo("routine");
    assertThat(priority(true, false)).isEqualTo("urgent");
    assertThat(priority(false, true)).isEqualTo("stat");
  }

  private static String priority(boolean urgent, boolean stat) {
    StudyFindings plain = SampleFindings.singleView();
    StudyHeader full = plain.study();
    StudyHeader study =
        new StudyHeader(
            full.studyInstanceUid(),
            full.accession(),
            full.started(),
            full.description(),
            full.series(),
            Optional.of(
                new StudyHeader.OrderHeader(
                    Optional.of("P-77"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    urgent,
                    stat)));
    return one(
            SampleFindings.findings(study, plain.patient(), SampleFindings.covid("1.2")),
            ServiceRequest.class)
        .getPriority()
        .toCode();
  }

  /** R4 has rules for the two, which servers check. */
  @Test
  void anIssuerThatIsNoProperUrnIsAName() {
    for (String name : List.of("urn:oid:1.2..3", "urn:oid:01.2.3", "urn:uuid:ward-7")) {
      Identifier identifier = patient(name).getIdentifierFirstRep();
      assertThat(identifier.hasSystem()).isFalse();
      assertThat(identifier.getAssigner().getDisplay()).isEqualTo(name);
    }
  }

  @Test
  void theSitesOwnSystemIsForPatientIdsWithoutAnIssuerAlone() {
    assertThat(patient("").getIdentifierFirstRep().getSystem()).isEqualTo("urn:oid:1.2.99.1");
    assertThat(patient(" \u0007").getIdentifierFirstRep().getSystem())
        .isEqualTo("urn:oid:1.2.99.1");
    Identifier others = patient("St. Elsewhere").getIdentifierFirstRep();
    assertThat(others.hasSystem()).isFalse();
    assertThat(others.getAssigner().getDisplay()).isEqualTo("St. Elsewhere");
    assertThat(patient("urn:oid:1.2.3.4").getIdentifierFirstRep().getSystem())
        .isEqualTo("urn:oid:1.2.3.4");
  }

  @Test
  void theSitesOwnSystemIsForAccessionNumbersWithoutAnIssuerAlone() {
    assertThat(accession(Optional.empty()).getSystem()).isEqualTo("urn:oid:1.2.99.2");
    Identifier others = accession(Optional.of("St. Elsewhere"));
    assertThat(others.hasSystem()).isFalse();
    assertThat(others.getAssigner().getDisplay()).isEqualTo("St. Elsewhere");
  }

  @Test
  void theSitesOwnSystemIsForOrderNumbersWithoutAnIssuerAlone() {
    List<Identifier> numbers =
        ofSite(SampleFindings.singleView(), ServiceRequest.class).getIdentifier();
    assertThat(numbers.get(0).getSystem()).isEqualTo("urn:oid:1.2.99.3");
    assertThat(numbers.get(1).hasSystem()).isFalse();
    assertThat(numbers.get(1).getAssigner().getDisplay()).isEqualTo("St. Elsewhere");
  }

  @Test
  void aPatientIdIsAnotherPatientUnderEachIssuer() {
    List<String> issuers = List.of("", "General Hospital", "St. Elsewhere", "urn:oid:1.2.3.4");
    assertThat(issuers).extracting(issuer -> patient(issuer).getId()).doesNotHaveDuplicates();
    assertThat(id("C", "A|B", "")).isNotEqualTo(id("B|C", "A", ""));
    assertThat(id("B|C", "A\\", "")).isNotEqualTo(id("C", "A\\|B", ""));
  }

  @Test
  void aPatientIdWithoutAnIssuerIsOfTheSitesSystem() {
    assertThat(id("C", "", "urn:oid:1.2.3.1")).isNotEqualTo(id("C", "", "urn:oid:1.2.3.2"));
    assertThat(id("C", "", "urn:oid:1.2.3.1")).isEqualTo(id("C", "1.2.3.1", ""));
    assertThat(id("C", "A", "urn:oid:1.2.3.1")).isEqualTo(id("C", "A", "urn:oid:1.2.3.2"));
  }

  @Test
  void anIssuerIsTheSameHoweverItIsWritten() {
    assertThat(patient("1.2.3.4").getId()).isEqualTo(patient("urn:oid:1.2.3.4").getId());
    assertThat(patient("General Hospital\u0000").getId())
        .isEqualTo(patient("General Hospital").getId());
  }

  private static String id(String id, String issuer, String sites) {
    return IDS.patient(header(id, issuer), Optional.of(sites).filter(text -> !text.isEmpty()));
  }

  /** Of an ID, at a site that has systems of its own. */
  private static Patient patient(String issuer) {
    StudyFindings plain = SampleFindings.singleView();
    return ofSite(
        SampleFindings.findings(
            plain.study(), header("PAT-0815", issuer), SampleFindings.covid("1.2")),
        Patient.class);
  }

  private static PatientHeader header(String id, String issuer) {
    return new PatientHeader(
        Optional.of(id),
        Optional.of(issuer).filter(text -> !text.isEmpty()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Identifier accession(Optional<String> issuer) {
    StudyFindings plain = SampleFindings.singleView();
    StudyHeader study =
        new StudyHeader(
            plain.study().studyInstanceUid(),
            Optional.of(new StudyHeader.AccessionNumber("A-1001", issuer)),
            plain.study().started(),
            plain.study().description(),
            plain.study().series(),
            plain.study().order());
    return ofSite(
            SampleFindings.findings(study, plain.patient(), SampleFindings.covid("1.2")),
            ImagingStudy.class)
        .getIdentifier()
        .get(1);
  }

  private static <T extends Resource> T ofSite(StudyFindings findings, Class<T> type) {
    ReportOptions site =
        new ReportOptions(
            EnumSet.allOf(ReportOptions.Created.class),
            Optional.of("urn:oid:1.2.99.1"),
            Optional.of("urn:oid:1.2.99.2"),
            Optional.of("urn:oid:1.2.99.3"),
            ReportOptions.DEFAULT_INLINE_HEAT_MAP_LIMIT,
            Optional.empty());
    return all(parse(new ReportMapper(site).toBundleJson(findings)), type).get(0);
  }

  @Test
  void aNameInThreeScriptsIsThreeNamesToldApart() {
    Patient patient = one(SampleFindings.unicodeNames(), Patient.class);
    assertThat(patient.getName())
        .extracting(HumanName::getFamily, HeaderMappingTest::representation)
        .containsExactly(
            Tuple.tuple("Yamada", "ABC"), Tuple.tuple("山田", "IDE"), Tuple.tuple("やまだ", "SYL"));
    assertThat(patient.getIdentifierFirstRep().getSystem()).isEqualTo("urn:oid:1.2.392.200119.6.1");
  }

  @Test
  void sexIsMappedFromTheDicomCodes() {
    assertThat(gender("M")).isEqualTo(AdministrativeGender.MALE);
    assertThat(gender("f ")).isEqualTo(AdministrativeGender.FEMALE);
    assertThat(gender("O")).isEqualTo(AdministrativeGender.OTHER);
    assertThat(gender("X")).isEqualTo(AdministrativeGender.UNKNOWN);
  }

  @Test
  void theStudyCodeFollowsTheViews() {
    assertThat(code("DX", "CHEST", "PA")).isEqualTo("36554-4");
    assertThat(code("CR", "CHEST", "PA", "LL")).isEqualTo("36643-5");
    assertThat(code("DX", "CHEST", "AP", "AP")).isEqualTo("36554-4");
    assertThat(code("DX", "CHEST", "", "")).isEqualTo("36643-5");
    assertThat(code("DX", "CHEST", "PA", "LL", "RL")).isEqualTo("18748-4");
    assertThat(code("CT", "CHEST", "")).isEqualTo("18748-4");
    assertThat(code("DX", "HAND", "PA")).isEqualTo("18748-4");
  }

  @Test
  void bringsNoControlCharactersIntoTheReport() {
    assertThat(FhirText.clean("a\u001b$B\u0000b\tc ")).contains("a$Bb c");
    assertThat(FhirText.clean("\ud800 \u0007")).isEmpty();
    assertThat(FhirText.clean("胸部 𠮷")).contains("胸部 𠮷");
  }

  @Test
  void aStudyWithoutTimeHasAnUnknownOne() {
    Bundle bundle = bundle(SampleFindings.bare());
    DateTimeType effective = all(bundle, Observation.class).get(0).getEffectiveDateTimeType();
    assertThat(effective.getValue()).isNull();
    assertThat(effective.getExtensionFirstRep().getValue().primitiveValue()).isEqualTo("unknown");
    assertThat(all(bundle, DiagnosticReport.class).get(0).hasEffective()).isFalse();
    assertThat(all(bundle, ServiceRequest.class)).isEmpty();
  }

  @Test
  void aStudyWithADateAloneIsReportedAsOfThatDay() {
    StudyHeader full = SampleFindings.singleView().study();
    StudyHeader study =
        new StudyHeader(
            full.studyInstanceUid(),
            full.accession(),
            Optional.of(StudyHeader.Started.on(LocalDate.parse("2026-02-28"))),
            full.description(),
            full.series(),
            full.order());
    Bundle bundle =
        bundle(
            SampleFindings.findings(
                study,
                SampleFindings.singleView().patient(),
                SampleFindings.covid(full.series().get(0).instances().get(0).sopInstanceUid())));

    assertThat(all(bundle, Observation.class).get(0).getEffectiveDateTimeType().getValueAsString())
        .isEqualTo("2026-02-28");
    assertThat(
            all(bundle, DiagnosticReport.class)
                .get(0)
                .getEffectiveDateTimeType()
                .getValueAsString())
        .isEqualTo("2026-02-28");
    assertThat(all(bundle, ImagingStudy.class).get(0).getStartedElement().getValueAsString())
        .isEqualTo("2026-02-28");
  }

  private static String code(String modality, String bodyPart, String... views) {
    StudyFindings plain = SampleFindings.singleView();
    StudyHeader.InstanceHeader[] instances = new StudyHeader.InstanceHeader[views.length];
    for (int i = 0; i < views.length; i++) {
      instances[i] = SampleFindings.instance("1.2." + i, i, views[i]);
    }
    StudyHeader study =
        new StudyHeader(
            "1.2",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(
                new StudyHeader.SeriesHeader(
                    "1.2.3",
                    Optional.empty(),
                    modality,
                    Optional.of(bodyPart),
                    Optional.empty(),
                    List.of(instances))),
            Optional.empty());
    return StudyMapping.code(
            SampleFindings.findings(study, plain.patient(), SampleFindings.covid("1.2.0")))
        .code();
  }

  private static AdministrativeGender gender(String sex) {
    StudyFindings plain = SampleFindings.singleView();
    PatientHeader patient =
        new PatientHeader(
            Optional.of("1"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(sex));
    return one(
            SampleFindings.findings(plain.study(), patient, SampleFindings.covid("1.2")),
            Patient.class)
        .getGender();
  }

  private static String representation(HumanName name) {
    return name.getExtensionFirstRep().getValue().primitiveValue();
  }
}
