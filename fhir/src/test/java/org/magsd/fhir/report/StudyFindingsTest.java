package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ModelDescription.ModelClass;
import org.magsd.fhir.report.StudyHeader.InstanceHeader;

class StudyFindingsTest {
  private final StudyFindings good = SampleFindings.singleView();

  @Test
  void rejectsAStudyWithoutAnUid() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SampleFindings.study(""))
        .withMessage("study instance UID is missing");
  }

  @Test
  void rejectsAUidThatFhirCannotCarry() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InstanceHeader("1.2/3", "1.2.3", Optional.empty(), Optional.empty()))
        .withMessageContaining("SOP instance UID");
    assertThatIllegalArgumentException().isThrownBy(() -> SampleFindings.study("1".repeat(65)));
  }

  @Test
  void rejectsFindingsWithoutAnImage() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with(List.of(), 1))
        .withMessageContaining("no image finding");
  }

  @Test
  void rejectsTwoFindingsOfOneImage() {
    Assessed image = SampleFindings.covid("1.2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with(List.<ImageFinding>of(image, image), 1))
        .withMessageContaining("1.2 has two findings");
  }

  @Test
  void rejectsARevisionBelowOne() {
    assertThatIllegalArgumentException().isThrownBy(() -> with(good.images(), 0));
  }

  @Test
  void rejectsProbabilitiesOfOtherClassesThanTheModels() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assessed(Map.of("covid19", 1.0)))
        .withMessageContaining("the model's classes are");
  }

  @Test
  void rejectsAProbabilityOutsideZeroToOne() {
    for (double bad : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> assessed(Map.of("a", bad)))
          .withMessageContaining("outside 0..1");
    }
  }

  @Test
  void rejectsAModelWithoutAProperDigestOrClasses() {
    ModelDescription model = good.model();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelDescription("m", "1", "abc", model.classes(), 1, ""))
        .withMessageContaining("SHA-256");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelDescription("m", "1", model.sha256(), List.of(), 1, ""))
        .withMessageContaining("no classes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelDescription("m", "1", model.sha256(), model.classes(), 0, ""))
        .withMessageContaining("temperature");
    ModelClass each = model.classes().get(0);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new ModelDescription("m", "1", model.sha256(), List.of(each, each), 1, ""))
        .withMessageContaining("named twice");
  }

  @Test
  void rejectsAHeatMapThatIsNoPng() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeatMap(new byte[100]))
        .withMessageContaining("not a PNG");
  }

  @Test
  void rejectsOptionsThatAreNoUris() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ReportOptions(
                    ReportOptions.defaults().createdResources(),
                    Optional.of("hospital"),
                    Optional.empty(),
                    Optional.empty(),
                    1,
                    Optional.empty()))
        .withMessageContaining("patientIdSystem: 'hospital'");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ReportOptions(
                    ReportOptions.defaults().createdResources(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    -1,
                    Optional.empty()))
        .withMessageContaining("inlineHeatMapLimit");
  }

  @Test
  void namesEachModelOnceTheReportsOwnFirst() {
    StudyFindings findings = SampleFindings.twoModels();
    assertThat(findings.models())
        .extracting(ModelDescription::version)
        .containsExactly("0.1.0", "0.2.0");
    assertThat(SampleFindings.notAssessed().models()).containsExactly(SampleFindings.model());
  }

  private Assessed assessed(Map<String, Double> probabilities) {
    return new Assessed("1.2", good.model(), probabilities, Optional.empty(), Optional.empty());
  }

  private StudyFindings with(List<ImageFinding> images, int revision) {
    return new StudyFindings(
        good.study(), good.patient(), images, good.model(), revision, good.issued());
  }
}
