package org.magsd.fhir.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.PersonName;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.ReportOptions.Created;
import org.magsd.fhir.report.SampleFindings;
import org.magsd.fhir.report.StudyFindings;

class OutcomeTextTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonNode bundle;

  @BeforeEach
  void mapABundle() throws Exception {
    bundle = JSON.readTree(json(ReportOptions.defaults()));
  }

  @Test
  void strikesOutEveryPatientValueOfTheBundle() {
    String text =
        of("Dr. Anna Maria MÜLLER jun. (PAT-0815, A-1001, P-77, F-78) 1961-07-09 / 19610709 fails");
    assertThat(text)
        .startsWith("error processing")
        .endsWith("fails")
        .doesNotContainIgnoringCase("müller")
        .doesNotContain("Anna", "0815", "A-1001", "P-77", "F-78", "1961");
  }

  @Test
  void strikesOutNamesOfOneLetterInEveryScriptButNoInitials() throws Exception {
    StudyFindings plain = SampleFindings.singleView();
    PatientHeader patient =
        new PatientHeader(
            Optional.of("PAT-0815"),
            Optional.empty(),
            PersonName.parse("Hong^Gildong^J=洪^吉洞=김^준"),
            Optional.empty(),
            Optional.empty());
    bundle =
        JSON.readTree(
            new ReportMapper(ReportOptions.defaults())
                .toBundleJson(
                    SampleFindings.findings(
                        plain.study(), patient, SampleFindings.covid(SampleFindings.IMAGE_1))));

    assertThat(of("Hong Gildong (洪吉洞, 洪 吉洞, 김 준, 김준) fails: the official identifier JSON"))
        .isEqualTo(
            "error processing: [...] [...] ([...][...], [...] [...], [...] [...], [...][...])"
                + " fails: the official identifier JSON");
  }

  @Test
  void strikesOutTheIdentifierOfALogicalReference() throws Exception {
    bundle =
        JSON.readTree(
            json(
                new ReportOptions(
                    EnumSet.noneOf(Created.class),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    Optional.empty())));
    assertThat(of("no patient PAT-0815")).isEqualTo("error processing: no patient [...]");
  }

  @Test
  void keepsUidsAndPaths() {
    assertThat(of("study urn:oid:" + SampleFindings.STUDY + " unknown"))
        .contains(SampleFindings.STUDY);
  }

  @Test
  void isBoundedAndOnOneLine() {
    assertThat(of("long\r\n".repeat(1000))).hasSizeLessThanOrEqualTo(1000).doesNotContain("\n");
  }

  @Test
  void saysNothingOfAnAnswerThatIsNoOperationOutcome() {
    assertThat(OutcomeText.of("Patient Müller is unknown", bundle)).isEmpty();
    assertThat(OutcomeText.of("{\"resourceType\":\"Patient\"}", bundle)).isEmpty();
    assertThat(OutcomeText.of("", bundle)).isEmpty();
  }

  private String of(String diagnostics) {
    ObjectNode outcome = JSON.createObjectNode().put("resourceType", "OperationOutcome");
    outcome
        .putArray("issue")
        .addObject()
        .put("severity", "error")
        .put("code", "processing")
        .put("diagnostics", diagnostics);
    return OutcomeText.of(outcome.toString(), bundle);
  }

  private static String json(ReportOptions options) {
    return new ReportMapper(options).toBundleJson(SampleFindings.singleView());
  }
}
