package org.magsd.fhir.deliver;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.SampleFindings;

class OutgoingReportTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "Müller", "{\"name\":\"Müller"})
  void isNoneOfATextThatIsNoReportAndQuotesNothingOfIt(String text) {
    assertThatThrownBy(() -> OutgoingReport.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("not ")
        .hasMessageNotContaining("Müller");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4711", "Doe-Jane"})
  void isNoneWithoutAnIdOfOurs(String id) {
    String ours =
        new ReportMapper(ReportOptions.defaults()).toBundleJson(SampleFindings.singleView());
    String foreign = ours.replace("\"" + OutgoingReport.of(ours).id() + "\"", "\"" + id + "\"");

    assertThatThrownBy(() -> OutgoingReport.of(foreign))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("DiagnosticReport without an id of ours");
  }
}
