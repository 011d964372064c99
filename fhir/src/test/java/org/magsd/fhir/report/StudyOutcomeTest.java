package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ImageFinding.NotAssessed;
import org.magsd.fhir.report.ModelDescription.ModelClass;

class StudyOutcomeTest {
  @Test
  void isPositiveByTheMostProbableAbnormalClassThatReachesItsThreshold() {
    // COVID-19 is more probable than pneumonia, but only pneumonia reaches its threshold.
    StudyFindings findings = of(image("1", 0.45, 0.42, 0.13), image("2", 0.1, 0.1, 0.8));
    Outcome outcome = outcome(findings);
    assertThat(outcome.interpretation()).isEqualTo(Interpretation.POSITIVE);
    assertThat(outcome.concluded()).extracting(ModelClass::label).containsExactly("pneumonia");
  }

  @Test
  void namesAllThatReachTheirThresholdsWhereTheyAreMostProbable() {
    StudyFindings findings =
        of(image("1", 0.6, 0.3, 0.1), image("2", 0.2, 0.7, 0.1), image("3", 0.3, 0.6, 0.1));
    Outcome outcome = outcome(findings);
    assertThat(outcome.findings())
        .extracting(Outcome.Finding::sopInstanceUid)
        .containsExactly("2", "1");
    assertThat(outcome.concluded())
        .extracting(ModelClass::label)
        .containsExactly("pneumonia", "covid19");
  }

  @Test
  void isNegativeOnlyIfEveryImageIs() {
    assertThat(outcome(of(image("1", 0.1, 0.1, 0.8), image("2", 0.2, 0.2, 0.6))))
        .satisfies(
            outcome -> {
              assertThat(outcome.interpretation()).isEqualTo(Interpretation.NEGATIVE);
              assertThat(outcome.findings().get(0).probability()).isEqualTo(0.6);
            });
    assertThat(outcome(of(image("1", 0.1, 0.1, 0.8), image("2", 0.4, 0.2, 0.4))).interpretation())
        .isEqualTo(Interpretation.INDETERMINATE);
  }

  @Test
  void concludesNothingWhileIndeterminate() {
    Outcome outcome = outcome(of(image("1", 0.4, 0.3, 0.3)));
    assertThat(outcome.concluded()).isEmpty();
    assertThat(outcome.findings().get(0).of().label()).isEqualTo("covid19");
  }

  /** As its Observation does: what is likeliest on a negative image is nobody's concern. */
  @Test
  void isClosestToWhatAnIndeterminateImageIs() {
    Outcome outcome = outcome(of(image("1", 0.45, 0.0, 0.55), image("2", 0.3, 0.35, 0.35)));
    assertThat(outcome.interpretation()).isEqualTo(Interpretation.INDETERMINATE);
    assertThat(outcome.findings().get(0).sopInstanceUid()).isEqualTo("2");
    assertThat(outcome.findings().get(0).of().label()).isEqualTo("pneumonia");
  }

  @Test
  void reachesAThresholdByBeingEqualToIt() {
    assertThat(outcome(of(image("1", 0.5, 0.1, 0.4))).interpretation())
        .isEqualTo(Interpretation.POSITIVE);
  }

  @Test
  void isNegativeWithoutAFindingIfTheModelKnowsNoHealthyClass() {
    ModelDescription sick =
        new ModelDescription(
            "m",
            "1",
            SampleFindings.DIGEST,
            List.of(new ModelClass("a", "A", Optional.empty(), 0.5, true)),
            1,
            "");
    StudyFindings base = SampleFindings.bare();
    StudyFindings findings =
        new StudyFindings(
            base.study(),
            base.patient(),
            List.of(new Assessed("1", sick, Map.of("a", 0.2), Optional.empty(), Optional.empty())),
            sick,
            1,
            base.issued());
    assertThat(outcome(findings).interpretation()).isEqualTo(Interpretation.NEGATIVE);
    assertThat(outcome(findings).concluded()).isEmpty();
    assertThat(StudyOutcome.sentence(findings)).contains("no finding reached its threshold;");
  }

  @Test
  void saysInOneSentenceWhatWasFoundByWhomAndWhatWasLeftOut() {
    assertThat(StudyOutcome.sentence(SampleFindings.twoImages()))
        .isEqualTo(
            "Preliminary result of the algorithm magsd-r18 0.1.0, not reviewed by a human:"
                + " suspected COVID-19 91.2 % (threshold 50.0 %); 2 images assessed.");
    assertThat(StudyOutcome.sentence(SampleFindings.partlyAssessed()))
        .isEqualTo(
            "Preliminary result of the algorithm magsd-r18 0.1.0, not reviewed by a human: no"
                + " finding reached its threshold, No pneumonia 95.0 %; 1 of 2 images assessed, 1"
                + " image skipped (lateral view).");
    assertThat(StudyOutcome.sentence(of(image("1", 0.6, 0.3, 0.1), image("2", 0.1, 0.7, 0.2))))
        .isEqualTo(
            "Preliminary result of the algorithm magsd-r18 0.1.0, not reviewed by a human:"
                + " suspected Pneumonia 70.0 % (threshold 40.0 %) and COVID-19 60.0 % (threshold"
                + " 50.0 %); 2 images assessed.");
    assertThat(StudyOutcome.sentence(of(image("1", 0.4, 0.3, 0.3))))
        .isEqualTo(
            "Preliminary result of the algorithm magsd-r18 0.1.0, not reviewed by a human:"
                + " indeterminate, no class reached its threshold; most probable is COVID-19 40.0 %"
                + " (threshold 50.0 %); 1 image assessed.");
  }

  @Test
  void saysWhyNothingWasAssessed() {
    assertThat(StudyOutcome.sentence(SampleFindings.notAssessed()))
        .isEqualTo(
            "Not assessed by the algorithm magsd-r18 0.1.0 and not reviewed by a human: 1 image"
                + " skipped (lateral view), 1 image failed (pixel data ends early).");
    StudyFindings twice =
        SampleFindings.findings(
            SampleFindings.singleView().study(),
            SampleFindings.patient(),
            new NotAssessed("1", NotAssessed.Kind.SKIPPED, "hand"),
            new NotAssessed("2", NotAssessed.Kind.SKIPPED, "hand"));
    assertThat(StudyOutcome.sentence(twice)).endsWith(": 2 images skipped (hand).");
  }

  private static Assessed image(String uid, double covid, double pneumonia, double healthy) {
    return new Assessed(
        uid,
        SampleFindings.model(),
        SampleFindings.probabilities(covid, pneumonia, healthy),
        Optional.empty(),
        Optional.empty());
  }

  private static Outcome outcome(StudyFindings findings) {
    return StudyOutcome.of(findings).orElseThrow();
  }

  private static StudyFindings of(ImageFinding... images) {
    return SampleFindings.findings(
        SampleFindings.singleView().study(), SampleFindings.patient(), images);
  }
}
