package org.magsd.fhir.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.fhir.deliver.FaultyServer.Fault;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;
import org.magsd.fhir.report.StudyFindings;

/** Single attempts, without Kafka. */
@Timeout(60)
class FhirServerIT {
  private static final ReportMapper MAPPER = new ReportMapper(ReportOptions.defaults());
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final CountDownLatch GOING_ON = new CountDownLatch(1);

  private FaultyServer faulty;

  @BeforeEach
  void start() throws Exception {
    faulty = FaultyServer.start();
  }

  @AfterEach
  void stop() {
    faulty.close();
  }

  @Test
  void postsANewReportAsItIsAndARevisionOnConditionOfTheVersionRead() throws Exception {
    FhirServer server = server(new Authorization.None());
    assertThat(server.attempt(report(1), GOING_ON)).isInstanceOf(Attempt.Delivered.class);
    assertThat(server.attempt(report(2), GOING_ON)).isInstanceOf(Attempt.Delivered.class);
    assertThat(faulty.transactions().get(0).body()).isEqualTo(report(1).json());
    String second = faulty.transactions().get(1).body();
    assertThat(second).contains("\"ifMatch\":\"W/\\\"1\\\"\"");
    assertThat(second.replace(",\"ifMatch\":\"W/\\\"1\\\"\"", "")).isEqualTo(report(2).json());
  }

  @Test
  void writesNothingWhereANewerRevisionIs() throws Exception {
    FhirServer server = server(new Authorization.None());
    server.attempt(report(3), GOING_ON);
    assertThat(server.attempt(report(2), GOING_ON)).isEqualTo(new Attempt.Superseded(3, 2));
    assertThat(faulty.transactions()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"final", "amended", "cancelled", "entered-in-error"})
  void leavesAloneWhatPeopleHaveFinalisedOrWithdrawn(String status) throws Exception {
    FhirServer server = server(new Authorization.None());
    server.attempt(report(2), GOING_ON);
    String report = "/DiagnosticReport/" + report(2).id();
    String finished = get(report).replace("\"preliminary\"", "\"" + status + "\"");
    put(report, finished);

    assertThat(server.attempt(report(3), GOING_ON))
        .isEqualTo(
            new Attempt.Refused(
                FailureKind.REVIEWED, Optional.empty(), "the report there is " + status));
    assertThat(server.attempt(report(2), GOING_ON)).isEqualTo(new Attempt.Superseded(2, 2));
    assertThat(faulty.transactions()).hasSize(1);
    assertThat(get(report)).contains("\"" + status + "\"");
  }

  @Test
  void takesNothingFromAPatientOfWhomAnotherStudysHeadersTellMore() throws Exception {
    FhirServer server = server(new Authorization.None());
    OutgoingReport whole = report("1.2.1", SampleFindings.patient());
    OutgoingReport unnamed = report("1.2.2", nameless(SampleFindings.patient()));
    String patient = "/Patient/" + whole.patient().orElseThrow().path("id").asText();
    assertThat(unnamed.patient().orElseThrow().path("id").asText()).isEqualTo(idOf(patient));

    assertThat(server.attempt(unnamed, GOING_ON)).isInstanceOf(Attempt.Delivered.class);
    assertThat(get(patient)).doesNotContain("birthDate");
    assertThat(server.attempt(whole, GOING_ON)).isInstanceOf(Attempt.Delivered.class);
    String told = get(patient);
    assertThat(told).contains("birthDate");

    assertThat(server.attempt(unnamed, GOING_ON)).isInstanceOf(Attempt.Delivered.class);
    assertThat(get(patient)).isEqualTo(told);
    assertThat(faulty.transactions()).hasSize(3);
    assertThat(faulty.transactions().get(2).body())
        .contains("\"resourceType\":\"DiagnosticReport\"")
        .doesNotContain("\"resourceType\":\"Patient\"");
  }

  /** Between its read and its post another study of the patient arrives. */
  @Test
  void takesNothingFromAPatientOfWhomAnotherStudyTellsMoreAtTheSameTime() throws Exception {
    FhirServer server = server(new Authorization.None());
    OutgoingReport whole = report("1.2.1", SampleFindings.patient());
    OutgoingReport unnamed = report("1.2.2", nameless(SampleFindings.patient()));
    String patient = "/Patient/" + whole.patient().orElseThrow().path("id").asText();
    server.attempt(report("1.2.3", nameless(SampleFindings.patient())), GOING_ON);
    faulty.overtakeBy(whole.json());

    assertThat(server.attempt(unnamed, GOING_ON))
        .isInstanceOfSatisfying(
            Attempt.Failed.class,
            failed -> assertThat(failed.kind()).isEqualTo(FailureKind.CONFLICT));
    assertThat(get(patient)).contains("birthDate");
    assertThat(server.attempt(unnamed, GOING_ON)).isInstanceOf(Attempt.Delivered.class);
    assertThat(get(patient)).contains("birthDate");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void takesNothingFromAPatientThatMayNotBeRead(int status) throws Exception {
    FhirServer server = server(new Authorization.None());
    OutgoingReport whole = report("1.2.1", SampleFindings.patient());
    OutgoingReport unnamed = report("1.2.2", nameless(SampleFindings.patient()));
    server.attempt(whole, GOING_ON);
    faulty.failReads("Patient", status);

    assertThat(server.attempt(unnamed, GOING_ON)).isInstanceOf(Attempt.Delivered.class);
    assertThat(get("/Patient/" + whole.patient().orElseThrow().path("id").asText()))
        .contains("birthDate");
  }

  @Test
  void triesAgainLaterWhereThePatientCannotBeReadNow() throws Exception {
    faulty.failReads("Patient", 503);

    assertThat(
            server(new Authorization.None())
                .attempt(report("1.2.2", nameless(SampleFindings.patient())), GOING_ON))
        .isInstanceOf(Attempt.Failed.class);
    assertThat(faulty.transactions()).isEmpty();
  }

  @Test
  void leavesAloneWhatPeopleHaveDeleted() throws Exception {
    faulty.failReads("DiagnosticReport", 410);

    assertThat(server(new Authorization.None()).attempt(report(2), GOING_ON))
        .isEqualTo(
            new Attempt.Refused(
                FailureKind.REVIEWED, Optional.empty(), "the report there is deleted"));
    assertThat(faulty.transactions()).isEmpty();
  }

  /** Over HTTP/2 an exchange that is given up leaves the next one its dead connection. */
  @Test
  void doesNotAskForHttp2() throws Exception {
    server(new Authorization.None()).attempt(report(1), GOING_ON);
    assertThat(faulty.upgrades()).isNotEmpty().containsOnlyNulls();
  }

  @Test
  void answersOneRefusedTokenByAFreshOne() throws Exception {
    faulty.fail(Fault.status(401));
    FhirServer server = server(secret());
    assertThat(server.attempt(report(1), GOING_ON)).isInstanceOf(Attempt.Delivered.class);
    assertThat(faulty.authorizations())
        .containsExactly("Bearer token-1", "Bearer token-1", "Bearer token-2");
  }

  @Test
  void isRefusedWhenTheFreshTokenIsRefusedToo() throws Exception {
    faulty.fail(Fault.status(401), Fault.status(401));
    assertThat(server(secret()).attempt(report(1), GOING_ON))
        .isInstanceOfSatisfying(
            Attempt.Refused.class, refused -> assertThat(refused.status()).contains(401));
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 304, 307})
  void mayTryAgainAfterARedirect(int status) throws Exception {
    faulty.fail(Fault.status(status).with("Location", "/maintenance"));
    FhirServer server = server(new Authorization.None());
    assertThat(server.attempt(report(1), GOING_ON))
        .isInstanceOfSatisfying(
            Attempt.Failed.class,
            failed -> {
              assertThat(failed.kind()).isEqualTo(FailureKind.BROKEN_ANSWER);
              assertThat(failed.status()).contains(status);
            });
    assertThat(server.attempt(report(1), GOING_ON)).isInstanceOf(Attempt.Delivered.class);
  }

  @Test
  void mayTryAgainWithoutAToken() throws Exception {
    URI nowhere = URI.create(faulty.base() + "/no-token-here");
    Authorization lost = new Authorization.ClientSecret(nowhere, "magsd", "secret", "scope");
    assertThat(server(lost).attempt(report(1), GOING_ON))
        .isInstanceOfSatisfying(
            Attempt.Failed.class,
            failed -> assertThat(failed.kind()).isEqualTo(FailureKind.NO_TOKEN));
  }

  private Authorization secret() {
    return new Authorization.ClientSecret(
        faulty.tokenEndpoint(), "magsd", "secret", "system/*.cruds");
  }

  private String get(String path) throws Exception {
    return exchange(HttpRequest.newBuilder(at(path)).build());
  }

  private void put(String path, String body) throws Exception {
    exchange(
        HttpRequest.newBuilder(at(path))
            .header("Content-Type", "application/fhir+json")
            .PUT(BodyPublishers.ofString(body))
            .build());
  }

  private URI at(String path) {
    return URI.create(faulty.sandbox() + path);
  }

  private static String exchange(HttpRequest request) throws Exception {
    HttpResponse<String> answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private FhirServer server(Authorization authorization) {
    Http http = new Http(DEADLINE, DEADLINE);
    Clock clock = Clock.systemUTC();
    return new FhirServer(faulty.base(), http, new AccessTokens(authorization, http, clock), clock);
  }

  private static OutgoingReport report(String study, PatientHeader patient) {
    StudyFindings one = SampleFindings.ofStudy(study, 1);
    return OutgoingReport.of(
        MAPPER.toBundleJson(
            new StudyFindings(
                one.study(), patient, one.images(), one.model(), one.revision(), one.issued())));
  }

  private static PatientHeader nameless(PatientHeader patient) {
    return new PatientHeader(
        patient.id(), patient.issuer(), Optional.empty(), Optional.empty(), patient.sex());
  }

  private static String idOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static OutgoingReport report(int revision) {
    return OutgoingReport.of(
        MAPPER.toBundleJson(SampleFindings.revision(SampleFindings.singleView(), revision)));
  }
}
