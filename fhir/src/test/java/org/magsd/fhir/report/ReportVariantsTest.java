package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.magsd.fhir.report.ParsedReports.all;
import static org.magsd.fhir.report.ParsedReports.bundle;

import java.util.List;
import org.assertj.core.groups.Tuple;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Device;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Media;
import org.hl7.fhir.r4.model.Media.MediaStatus;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Provenance;
import org.junit.jupiter.api.Test;

/** Reports of studies that models shared, and of studies too large for their heat maps. */
class ReportVariantsTest {
  private static final ModelDescription FIRST = SampleFindings.model();
  private static final ModelDescription SECOND = SampleFindings.twoModels().models().get(1);

  @Test
  void attributesEachImageToTheModelThatAssessedIt() {
    Bundle bundle = bundle(SampleFindings.twoModels());

    assertThat(all(bundle, Observation.class))
        .extracting(each -> each.getDevice().getReference())
        .containsExactly("Device/" + ReportIds.device(FIRST), "Device/" + ReportIds.device(SECOND));
    assertThat(all(bundle, Media.class))
        .extracting(each -> each.getOperator().getReference())
        .containsExactly("Device/" + ReportIds.device(FIRST), "Device/" + ReportIds.device(SECOND));
    assertThat(all(bundle, Device.class))
        .extracting(each -> each.getIdentifierFirstRep().getValue())
        .containsExactly(FIRST.sha256(), SECOND.sha256());
    assertThat(all(bundle, DocumentReference.class)).hasSize(2);
  }

  @Test
  void namesEveryModelInProvenanceAndConclusion() {
    Bundle bundle = bundle(SampleFindings.twoModels());

    Provenance provenance = all(bundle, Provenance.class).get(0);
    assertThat(provenance.getAgent())
        .extracting(agent -> agent.getWho().getReference())
        .containsExactly("Device/" + ReportIds.device(FIRST), "Device/" + ReportIds.device(SECOND));
    assertThat(provenance.getEntity())
        .extracting(each -> each.getRole().toCode(), each -> each.getWhat().getReference())
        .contains(
            Tuple.tuple("derivation", "DocumentReference/" + ReportIds.modelCard(FIRST)),
            Tuple.tuple("derivation", "DocumentReference/" + ReportIds.modelCard(SECOND)));
    assertThat(all(bundle, DiagnosticReport.class).get(0).getConclusion())
        .contains("algorithms magsd-r18 0.1.0 and magsd-r18 0.2.0");
  }

  @Test
  void withdrawsTheHeatMapOfAFileThatAnotherHasReplaced() {
    Bundle bundle = bundle(SampleFindings.replaced());

    List<Media> maps = all(bundle, Media.class);
    assertThat(maps)
        .extracting(Media::getStatus)
        .containsExactly(MediaStatus.COMPLETED, MediaStatus.ENTEREDINERROR);
    Media withdrawn = maps.get(1);
    assertThat(withdrawn.getIdElement().getIdPart())
        .isEqualTo(SampleFindings.replaced().ids().heatMap(SampleFindings.IMAGE_2));
    assertThat(withdrawn.getContent().hasData()).isFalse();
    assertThat(withdrawn.getContent().getTitle()).startsWith("Withdrawn");
    assertThat(all(bundle, DiagnosticReport.class).get(0).getMedia())
        .extracting(media -> media.getLink().getReference())
        .containsExactly("Media/" + maps.get(0).getIdElement().getIdPart());
  }

  @Test
  void withdrawsItAlsoWhereTheNewFileIsShownWithoutOne() {
    StudyFindings shown = SampleFindings.replacedByAnother();

    assertThat(all(bundle(shown), Media.class))
        .extracting(Media::getStatus)
        .containsExactly(MediaStatus.COMPLETED);
    Bundle bundle = bundle(shown.withoutHeatMaps("No room."));
    assertThat(all(bundle, Media.class))
        .extracting(Media::getStatus)
        .containsExactly(MediaStatus.ENTEREDINERROR);
    assertThat(all(bundle, DiagnosticReport.class).get(0).hasMedia()).isFalse();
  }

  @Test
  void judgesEachImageByItsOwnModelsThresholds() {
    // COVID-19 at 0.91 reaches the first model's threshold of 0.5, not the second's of 0.95.
    StudyFindings swapped = SampleFindings.twoModels();

    assertThat(StudyOutcome.of(SampleFindings.twoImages()))
        .map(Outcome::interpretation)
        .contains(Interpretation.POSITIVE);
    assertThat(StudyOutcome.of(swapped))
        .map(Outcome::interpretation)
        .contains(Interpretation.INDETERMINATE);
  }

  @Test
  void namesTheClassThatReachedItsThresholdThoughAnotherIsMoreProbable() {
    StudyFindings findings = SampleFindings.judged(0.42, 0.08, 0.50);
    Observation observation = all(bundle(findings), Observation.class).get(0);

    assertThat(observation.getValueCodeableConcept().getText()).isEqualTo("COVID-19");
    assertThat(saysOf(observation))
        .isEqualTo("POS, %s: suspected COVID-19 42.0 %% (threshold 40.8 %%)".formatted(BY_WHOM));
    assertThat(conclusion(findings)).contains("suspected COVID-19 42.0 %");
  }

  @Test
  void namesTheHealthyClassThoughAnAbnormalOneIsMoreProbable() {
    StudyFindings findings = SampleFindings.judged(0.40, 0.30, 0.30);
    Observation observation = all(bundle(findings), Observation.class).get(0);

    assertThat(observation.getValueCodeableConcept().getText())
        .isEqualTo("No abnormality detected");
    assertThat(saysOf(observation))
        .isEqualTo(
            "NEG, %s: no finding reached its threshold, No abnormality detected 30.0 %%"
                .formatted(BY_WHOM));
    assertThat(conclusion(findings)).contains("No abnormality detected 30.0 %");
  }

  @Test
  void anIndeterminateImageHasProbabilitiesAndNoClassForItsValue() {
    StudyFindings findings = SampleFindings.judged(0.39, 0.41, 0.20);
    Observation observation = all(bundle(findings), Observation.class).get(0);

    assertThat(observation.hasValue()).isFalse();
    assertThat(observation.getComponent()).hasSize(3);
    assertThat(saysOf(observation))
        .isEqualTo(
            "IND, %s: indeterminate, no class reached its threshold; most probable is Pneumonia 41.0 %% (threshold 42.3 %%)"
                .formatted(BY_WHOM));
    assertThat(all(bundle(findings), DiagnosticReport.class).get(0).hasConclusionCode()).isFalse();
  }

  private static final String BY_WHOM = "Found by an algorithm, not reviewed by a human";

  /** Its interpretation, and the second paragraph of its narrative. */
  private static String saysOf(Observation observation) {
    return observation.getInterpretationFirstRep().getCodingFirstRep().getCode()
        + ", "
        + observation.getText().getDiv().getChildNodes().get(1).allText();
  }

  private static String conclusion(StudyFindings findings) {
    return all(bundle(findings), DiagnosticReport.class).get(0).getConclusion();
  }

  @Test
  void keepsTheReportsIdsWhateverModelsFollow() {
    assertThat(all(bundle(SampleFindings.twoModels()), DiagnosticReport.class).get(0).getId())
        .isEqualTo(all(bundle(SampleFindings.twoImages()), DiagnosticReport.class).get(0).getId());
  }

  @Test
  void saysOnEachImageWhyItsHeatMapIsLeftOut() {
    String why = "The heat map is left out: the report would be too large.";
    Bundle bundle = bundle(SampleFindings.twoImages().withoutHeatMaps(why));

    assertThat(all(bundle, Media.class)).isEmpty();
    assertThat(all(bundle, DiagnosticReport.class).get(0).hasMedia()).isFalse();
    List<Observation> observations = all(bundle, Observation.class);
    assertThat(observations)
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.getNoteFirstRep().getText()).isEqualTo(why))
        .allSatisfy(each -> assertThat(each.getComponent()).hasSize(3));
  }

  @Test
  void anImageWithoutAHeatMapNeedsNoNote() {
    assertThat(SampleFindings.bare().withoutHeatMaps("why").images())
        .isEqualTo(SampleFindings.bare().images());
  }
}
