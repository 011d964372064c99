package org.magsd.fhir.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.fhir.deliver.FaultyServer.Fault;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;

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
    assertThat(server.attempt(report(2), GOING_ON)).isEqualTo(new Attempt.Superseded(3));
    assertThat(faulty.transactions()).hasSize(1);
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

  private FhirServer server(Authorization authorization) {
    Http http = new Http(DEADLINE, DEADLINE);
    Clock clock = Clock.systemUTC();
    return new FhirServer(faulty.base(), http, new AccessTokens(authorization, http, clock), clock);
  }

  private static OutgoingReport report(int revision) {
    return OutgoingReport.of(
        MAPPER.toBundleJson(SampleFindings.revision(SampleFindings.singleView(), revision)));
  }
}
