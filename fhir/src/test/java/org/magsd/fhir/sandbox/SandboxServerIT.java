package org.magsd.fhir.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.api.ServerValidationModeEnum;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleEntryComponent;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.ReportIds;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;

/** The sandbox as a foreign peer sees it: HAPI's own generic client, and plain HTTP. */
class SandboxServerIT {
  private static final FhirContext CONTEXT = FhirContext.forR4Cached();
  private static final ReportMapper MAPPER = new ReportMapper(ReportOptions.defaults());
  private static final ReportIds IDS =
      ReportIds.of(SampleFindings.STUDY, SampleFindings.model().sha256());
  private static final String TWO_IMAGES = MAPPER.toBundleJson(SampleFindings.twoImages());

  private SandboxServer sandbox;
  private IGenericClient client;

  @BeforeEach
  void start() {
    sandbox = SandboxServer.start("127.0.0.1", 0);
    CONTEXT.getRestfulClientFactory().setServerValidationMode(ServerValidationModeEnum.NEVER);
    client = CONTEXT.newRestfulGenericClient(sandbox.baseUrl());
  }

  @AfterEach
  void stop() {
    sandbox.close();
  }

  @Test
  void givesBackTheWholeTransactionByteForByte() throws Exception {
    client.transaction().withBundle(TWO_IMAGES).execute();
    assertThat(get("/Bundle/" + IDS.bundle()).body()).isEqualTo(TWO_IMAGES);
  }

  @Test
  void givesBackEveryResourceAsItIsInTheBundle() throws Exception {
    client.transaction().withBundle(TWO_IMAGES).execute();
    for (BundleEntryComponent entry : parse(TWO_IMAGES).getEntry()) {
      Resource resource = entry.getResource();
      HttpResponse<String> answer = get("/" + entry.getRequest().getUrl());
      assertThat(answer.body()).isEqualTo(CONTEXT.newJsonParser().encodeResourceToString(resource));
      assertThat(answer.headers().firstValue("ETag")).contains("W/\"1\"");
    }
  }

  @Test
  void makesNoNewVersionOfTheSameReport() throws Exception {
    client.transaction().withBundle(TWO_IMAGES).execute();
    client.transaction().withBundle(TWO_IMAGES).execute();
    HttpResponse<String> answer = get("/DiagnosticReport/" + IDS.report());
    assertThat(answer.headers().firstValue("ETag")).contains("W/\"1\"");
  }

  @Test
  void keepsThePreviousVersionOfARevisedReport() {
    client.transaction().withBundle(TWO_IMAGES).execute();
    String second = MAPPER.toBundleJson(SampleFindings.revision(SampleFindings.twoImages(), 2));
    client.transaction().withBundle(second).execute();
    DiagnosticReport first =
        client
            .read()
            .resource(DiagnosticReport.class)
            .withIdAndVersion(IDS.report(), "1")
            .execute();
    DiagnosticReport latest =
        client.read().resource(DiagnosticReport.class).withId(IDS.report()).execute();
    assertThat(first.getIdentifier().get(1).getValue()).endsWith("/1");
    assertThat(latest.getIdentifier().get(1).getValue()).endsWith("/2");
  }

  @Test
  void findsReportsByIdIdentifierPatientAndStudy() {
    client.transaction().withBundle(TWO_IMAGES).execute();
    client
        .transaction()
        .withBundle(MAPPER.toBundleJson(SampleFindings.ofStudy("1.2.3.99", 1)))
        .execute();
    String patient = IDS.patient(SampleFindings.patient(), Optional.empty());
    assertThat(found("DiagnosticReport?_id=" + IDS.report())).isEqualTo(1);
    assertThat(
            found(
                "DiagnosticReport?identifier=https://magsd.org/fhir/identifier/report%7C"
                    + IDS.report()))
        .isEqualTo(1);
    assertThat(found("DiagnosticReport?identifier=urn:other%7C" + IDS.report())).isZero();
    assertThat(found("DiagnosticReport?patient=Patient/" + patient)).isEqualTo(2);
    assertThat(found("DiagnosticReport?subject=" + patient)).isEqualTo(2);
    assertThat(found("DiagnosticReport?study=ImagingStudy/" + IDS.imagingStudy())).isEqualTo(1);
    assertThat(found("Observation?study=" + IDS.imagingStudy())).isEqualTo(2);
    assertThat(found("ImagingStudy?identifier=urn:dicom:uid%7Curn:oid:" + SampleFindings.STUDY))
        .isEqualTo(1);
    assertThat(found("Patient?identifier=PAT-0815")).isEqualTo(1);
  }

  @Test
  void storesNothingOfATransactionWithABadEntry() {
    Bundle bundle = parse(TWO_IMAGES);
    bundle.getEntry().get(5).getRequest().setUrl("Observation/other");
    assertThatThrownBy(() -> client.transaction().withBundle(bundle).execute())
        .isInstanceOf(BaseServerResponseException.class);
    assertThat(found("Patient")).isZero();
  }

  @Test
  void refusesAnEntryWhoseVersionHasMovedOn() {
    client.transaction().withBundle(TWO_IMAGES).execute();
    Bundle bundle = parse(TWO_IMAGES);
    BundleEntryComponent report =
        bundle.getEntry().stream()
            .filter(entry -> entry.getResource() instanceof DiagnosticReport)
            .findFirst()
            .orElseThrow();
    report.getRequest().setIfMatch("W/\"7\"");
    assertThatThrownBy(() -> client.transaction().withBundle(bundle).execute())
        .isInstanceOf(PreconditionFailedException.class);
  }

  @Test
  void answersNotFoundForWhatItDoesNotHave() {
    assertThatThrownBy(() -> client.read().resource(Patient.class).withId("nobody").execute())
        .isInstanceOf(ResourceNotFoundException.class);
  }

  @Test
  void statesItsCapabilities() {
    CapabilityStatement statement =
        client.capabilities().ofType(CapabilityStatement.class).execute();
    assertThat(statement.getFhirVersion().toCode()).isEqualTo("4.0.1");
    assertThat(statement.getRest().get(0).getResource())
        .extracting(resource -> resource.getType())
        .contains("DiagnosticReport", "Observation", "ImagingStudy", "Device", "Patient");
  }

  @Test
  void takesASingleUpdate() {
    Patient patient = new Patient();
    patient.setId("p1");
    patient.addName().setFamily("Nobody");
    client.update().resource(patient).execute();
    Patient back = client.read().resource(Patient.class).withId("p1").execute();
    assertThat(back.getNameFirstRep().getFamily()).isEqualTo("Nobody");
  }

  @Test
  void forgetsTheOldestBeyondItsBound() {
    try (SandboxServer small = SandboxServer.start("127.0.0.1", 0, 3L * TWO_IMAGES.length())) {
      IGenericClient other = CONTEXT.newRestfulGenericClient(small.baseUrl());
      for (int study = 1; study <= 10; study++) {
        String uid = "1.2.3." + study;
        other
            .transaction()
            .withBundle(MAPPER.toBundleJson(SampleFindings.ofStudy(uid, 1)))
            .execute();
      }
      Bundle left =
          other.search().forResource("DiagnosticReport").returnBundle(Bundle.class).execute();
      assertThat(left.getEntry()).hasSizeBetween(1, 9);
    }
  }

  private int found(String search) {
    return client.search().byUrl(search).returnBundle(Bundle.class).execute().getEntry().size();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(sandbox.baseUrl() + path))
                .header("Accept", "application/fhir+json")
                .build(),
            BodyHandlers.ofString());
  }

  private static Bundle parse(String json) {
    IParser parser = CONTEXT.newJsonParser();
    parser.setParserErrorHandler(new StrictErrorHandler());
    return parser.parseResource(Bundle.class, json);
  }
}
