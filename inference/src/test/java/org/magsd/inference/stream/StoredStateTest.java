package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.ImageFinding;
import org.magsd.fhir.report.StudyHeader;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;

/** What state stores and their changelogs hold. */
class StoredStateTest {
  private static final int MOST_BESIDE_THE_HEAT_MAP = 600;

  private static final Path FILM = Path.of("..", "config", "samples", "01-explicit-8bit.dcm");

  private final FakeScreener screener = new FakeScreener();

  @Test
  void anImageIsItsHeatMapAndLittleElseAndComesBackAsItWas() {
    Screened screened = screened("1.1", "1.1.1", "assessed", "heatmap=50000", "attention=1000");
    StudyImage image = StudyImage.of(screened, 1 << 20);
    Serde<StudyImage> serde = Json.binary(StudyImage.class);

    byte[] stored = serde.serializer().serialize("t", image);
    StudyImage back = serde.deserializer().deserialize("t", stored);

    assertThat(stored).hasSizeLessThan(50_000 + MOST_BESIDE_THE_HEAT_MAP);
    assertThat(back.facts()).isEqualTo(image.facts());
    assertThat(back.receivedAt()).isEqualTo(image.receivedAt());
    assertThat(back.finding(digest -> screened.model()))
        .isEqualTo(image.finding(digest -> screened.model()));
    Screening.Assessed before = (Screening.Assessed) screened.screening();
    assertThat(back.screening())
        .isInstanceOfSatisfying(
            Screening.Assessed.class,
            assessed -> {
              assertThat(assessed.heatMap()).isEqualTo(before.heatMap());
              assertThat(assessed.probabilities()).isEqualTo(before.probabilities());
              assertThat(assessed.attention()).isEmpty();
            });
  }

  /** As README and configuration state it for a real film. */
  @Test
  void afterTheRetentionAnImageIsSmallKnowsNoNameAndSaysWhereItsHeatMapIs() throws Exception {
    Screened screened = screened("1.1", "1.1.1", "assessed", "heatmap=50000");
    InstanceFacts real =
        HeaderFacts.of(DicomProvider.builtIn().parse(Files.readAllBytes(FILM)), ZoneOffset.UTC);
    StudyImage image =
        new StudyImage(
            real, "ab".repeat(32), 0, Instant.EPOCH, false, screened.screening(), false, false);
    Serde<StudyImage> serde = Json.binary(StudyImage.class);

    byte[] stored = serde.serializer().serialize("t", image.afterRetention());

    assertThat(stored).hasSizeBetween(700, 900);
    assertThat(serde.deserializer().deserialize("t", stored).facts().patient())
        .isEqualTo(real.patient().idAlone())
        .isNotEqualTo(real.patient());
    ImageFinding.Assessed finding =
        (ImageFinding.Assessed)
            serde.deserializer().deserialize("t", stored).finding(digest -> screened.model());
    assertThat(finding.probabilities()).isEqualTo(Map.of("normal", 0.25, "pneumonia", 0.75));
    assertThat(finding.note())
        .hasValue("No heat map is kept any longer; earlier revisions of the report may have one.");
  }

  /** Without the keys of today, and with one that is no more. */
  @Test
  void readsWhatAnEarlierVersionWroteOfAnOrder() {
    String earlier =
        """
        {"study": {"studyInstanceUid": "1.1", "series": [{"seriesInstanceUid": "1.1.1",
            "modality": "DX", "instances": [{"sopInstanceUid": "1.1.1.1", "sopClassUid": "1.2"}]}],
          "order": {"placerOrderNumber": "P-77", "requestedProcedure": "RP-4711", "urgent": true}},
        "patient": {"id": "A"}}
        """;

    InstanceFacts facts =
        Json.of(InstanceFacts.class).deserializer().deserialize("t", earlier.getBytes(UTF_8));

    StudyHeader.OrderHeader order = facts.study().order().orElseThrow();
    assertThat(order.placerOrderNumber()).hasValue("P-77");
    assertThat(order.procedure()).isEmpty();
    assertThat(order.urgent()).isTrue();
    assertThat(order.stat()).isFalse();
    assertThat(facts.patient().forgotten()).isFalse();
  }

  @Test
  void imagesThatWereNotAssessedComeBackWithTheirReason() {
    Serde<StudyImage> serde = Json.binary(StudyImage.class);
    for (String outcome : new String[] {"skipped", "failed"}) {
      StudyImage image = StudyImage.of(screened("1.1", "1.1.1", outcome), 1 << 20);

      byte[] stored = serde.serializer().serialize("t", image);

      assertThat(serde.deserializer().deserialize("t", stored)).isEqualTo(image);
    }
  }

  @Test
  void onlyAnotherFileInThePlaceOfOneWithAHeatMapWithdrawsThat() {
    StudyImage shown = image("assessed");
    StudyImage skipped = image("skipped");

    assertThat(hadHeatMap(skipped.insteadOf(shown))).isTrue();
    assertThat(hadHeatMap(skipped.insteadOf(shown.afterRetention()))).isTrue();
    assertThat(hadHeatMap(image("failed").insteadOf(skipped.insteadOf(shown)))).isTrue();
    StudyImage tooLarge = StudyImage.of(screened("1.1", "1.1.1", "assessed"), 10);
    assertThat(hadHeatMap(skipped.insteadOf(tooLarge))).isFalse();
    assertThat(hadHeatMap(skipped.insteadOf(image("failed")))).isFalse();
    assertThat(hadHeatMap(skipped)).isFalse();

    StudyImage anew = StudyImage.of(screened("1.1", "1.1.1", "assessed", "anew"), 1 << 20);
    assertThat(hadHeatMap(anew.insteadOf(shown))).isTrue();
    assertThat(hadHeatMap(anew.insteadOf(shown).afterRetention())).as("shows its own").isFalse();
    assertThat(hadHeatMap(anew.insteadOf(skipped))).isFalse();
  }

  private StudyImage image(String... what) {
    return StudyImage.of(screened("1.1", "1.1.1", what), 1 << 20);
  }

  private boolean hadHeatMap(StudyImage image) {
    return image.finding(digest -> screened("1", "1.1").model()).hadHeatMap();
  }

  @Test
  void whyAnImageFailedStaysShort() {
    DicomException failure = new DicomException("unsupported " + "X".repeat(1 << 20));

    assertThat(Screening.Failed.because(failure).reason()).hasSize(1024);
  }

  @Test
  void aStudysProgressNamesItsModelAndHoldsNoCard() {
    Screened screened = screened("1.1", "1.1.1", "assessed", "urgent");
    StudyProgress progress =
        StudyProgress.begun(screened.model().sha256())
            .after(screened, true, 1_000, AssemblyRules.defaults());
    Serde<StudyProgress> serde = Json.binary(StudyProgress.class);

    byte[] stored = serde.serializer().serialize("t", progress);

    assertThat(stored).hasSizeLessThan(300);
    assertThat(serde.deserializer().deserialize("t", stored)).isEqualTo(progress);
  }

  @Test
  void whatIsNoStateIsRefusedByTheNameOfWhatItShouldBe() {
    Serde<StudyProgress> serde = Json.binary(StudyProgress.class);

    assertThatThrownBy(() -> serde.deserializer().deserialize("t", new byte[] {'{', '}'}))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("StudyProgress");
  }

  private Screened screened(String study, String instance, String... rest) {
    Arrival arrival =
        new Arrival(
            study,
            FakeScreener.film(study, instance, rest),
            "t",
            0,
            0,
            0,
            Instant.parse("2026-01-01T08:00:00.123Z"),
            Optional.empty(),
            Optional.empty(),
            0);
    return screener.screen(arrival).toCompletableFuture().join();
  }
}
