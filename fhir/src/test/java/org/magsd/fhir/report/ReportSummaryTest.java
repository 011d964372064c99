package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportSummaryTest {
  @Test
  void readsWhatTheMapperWrote() throws Exception {
    StudyFindings findings = SampleFindings.revision(SampleFindings.singleView(), 12);
    String json = new ReportMapper(ReportOptions.defaults()).toBundleJson(findings);
    ReportIds ids = ReportIds.of(SampleFindings.STUDY, SampleFindings.DIGEST);
    assertThat(ReportSummary.of(new ObjectMapper().readTree(json)))
        .isEqualTo(
            new ReportSummary(ids.bundle(), ids.report(), 12, StudyOutcome.sentence(findings)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[\"Müller\"]",
        "{\"resourceType\":\"Patient\",\"id\":\"Müller\"}",
        "{\"resourceType\":\"Bundle\"}",
        "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"DiagnosticReport\"}}]}"
      })
  void refusesWhatIsNoReportWithoutQuotingIt(String text) throws Exception {
    JsonNode bundle = new ObjectMapper().readTree(text);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReportSummary.of(bundle))
        .withMessageNotContaining("Müller");
  }
}
