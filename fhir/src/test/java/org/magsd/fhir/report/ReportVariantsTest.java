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
  void judgesEachImageByItsOwnModelsThresholds() {
    // COVID-19 at 0.91 reaches the first model's threshold of 0.5, not the second's of 0.95.
    StudyFindings swapped = SampleFindings.twoModels();

    assertThat(StudyOutcome.of(SampleFindings.twoImages()).interpretation())
        .contains(Interpretation.POSITIVE);
    assertThat(StudyOutcome.of(swapped).interpretation()).contains(Interpretation.INDETERMINATE);
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
