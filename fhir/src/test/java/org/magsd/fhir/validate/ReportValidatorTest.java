package org.magsd.fhir.validate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.ReportOptions.Created;
import org.magsd.fhir.report.SampleFindings;
import org.magsd.fhir.report.StudyFindings;
import org.magsd.fhir.validate.ReportValidator.Issue;
import org.magsd.fhir.validate.ReportValidator.Severity;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportValidatorTest {
  private static final ReportOptions NOTHING_OF_OTHERS =
      new ReportOptions(
          EnumSet.noneOf(Created.class),
          Optional.of("urn:oid:1.2.3.4.7"),
          Optional.of("urn:oid:1.2.3.4.6"),
          Optional.of("urn:oid:1.2.3.4.5"),
          10,
          Optional.of("https://films.invalid/maps/"));

  private final ReportValidator validator = new ReportValidator();
  private final ReportMapper mapper = new ReportMapper(ReportOptions.defaults());

  @BeforeAll
  void makesTheCostOfTheFirstValidationKnown() {
    long start = System.nanoTime();
    validator.validate(mapper.toBundleJson(SampleFindings.bare()));
    System.out.printf("first validation: %d ms%n", (System.nanoTime() - start) / 1_000_000);
  }

  static Stream<Arguments> studies() {
    return Stream.of(
        Arguments.of("single view", SampleFindings.singleView()),
        Arguments.of("two images", SampleFindings.twoImages()),
        Arguments.of("partly assessed", SampleFindings.partlyAssessed()),
        Arguments.of("replaced", SampleFindings.replaced()),
        Arguments.of("not assessed", SampleFindings.notAssessed()),
        Arguments.of("unicode names", SampleFindings.unicodeNames()),
        Arguments.of("revision 2", SampleFindings.revision(SampleFindings.singleView(), 2)),
        Arguments.of("positive by a threshold", SampleFindings.judged(0.42, 0.08, 0.50)),
        Arguments.of("negative by a threshold", SampleFindings.judged(0.40, 0.30, 0.30)),
        Arguments.of("indeterminate", SampleFindings.judged(0.39, 0.41, 0.20)),
        Arguments.of("forgotten patient", SampleFindings.forgottenPatient()),
        Arguments.of("no optional header", SampleFindings.bare()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("studies")
  void findsNothingAgainstAReport(String name, StudyFindings findings) {
    assertThat(unexplained(mapper.toBundleJson(findings))).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("studies")
  void findsNothingAgainstAReportOfASiteThatCreatesNothing(String name, StudyFindings findings) {
    String json = new ReportMapper(NOTHING_OF_OTHERS).toBundleJson(findings);
    assertThat(unexplained(json)).isEmpty();
  }

  @Test
  void findsAWrongLoincCode() {
    String json = mapper.toBundleJson(SampleFindings.singleView());
    assertThat(validator.validate(json.replace("36554-4", "36554-5")))
        .anyMatch(issue -> issue.message().contains("36554-5"));
  }

  @Test
  void findsAWrongCodeOfTheDraftGuide() {
    String json = mapper.toBundleJson(SampleFindings.singleView());
    assertThat(validator.validate(json.replace("Deep-Learning-Models", "Deep-Learning-Model")))
        .anyMatch(issue -> issue.message().contains("Deep-Learning-Model"));
  }

  @Test
  void findsAMissingStatus() {
    String json = mapper.toBundleJson(SampleFindings.singleView());
    assertThat(errors(json.replace("\"status\":\"preliminary\",", ""))).isNotEmpty();
  }

  @Test
  void findsWhatIsNotJson() {
    assertThat(errors("not a bundle")).isNotEmpty();
  }

  private List<Issue> errors(String json) {
    return validator.validate(json).stream().filter(Issue::isError).toList();
  }

  /**
   * Errors and warnings but for one: the AI guide wants AIAST as a Provenance.reason, which R4
   * binds (extensibly) to purposes of use.
   */
  private List<Issue> unexplained(String json) {
    return validator.validate(json).stream()
        .filter(
            issue ->
                Set.of(Severity.FATAL, Severity.ERROR, Severity.WARNING).contains(issue.severity()))
        .filter(
            issue ->
                !(issue.location().endsWith(".reason[0]")
                    && issue.message().contains("v3-PurposeOfUse")
                    && issue.severity() == Severity.WARNING))
        .toList();
  }
}
