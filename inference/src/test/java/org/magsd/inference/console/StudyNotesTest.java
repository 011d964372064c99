package org.magsd.inference.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.stream.Rejection;
import org.magsd.inference.stream.ScreeningRecord;
import org.magsd.inference.stream.Topics;

class StudyNotesTest {
  private final RecentStudies studies = new RecentStudies();

  /** They are whole films, of which nothing but the reason is shown. */
  @Test
  void aStartFetchesFewRejectedFilms() {
    assertThat(StudyNotes.lookBack(Topics.REJECTED.name())).isBetween(1L, 5L);
    assertThat(StudyNotes.lookBack(Topics.SCREENINGS.name())).isEqualTo(50);
    assertThat(StudyNotes.lookBack(Topics.REPORTS.name())).isEqualTo(50);
  }

  /** Another's tool may write them: the page goes on. */
  @ParameterizedTest
  @ValueSource(strings = {"cxr.screenings", "fhir.diagnostic-reports", "dicom.rejected"})
  void aRecordWithoutAValueOrKeyEndsNothing(String topic) {
    assertThatCode(() -> new StudyNotes(studies).note(record(topic, null)))
        .doesNotThrowAnyException();
    assertThatCode(() -> new StudyNotes(studies).note(record(topic, new byte[] {'?'})))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"resourceType\":1,\"id\":\"x\"}",
        "{\"resourceType\":null,\"id\":\"x\"}",
        "{\"resourceType\":\"DiagnosticReport\",\"id\":{}}",
        "{\"id\":\"x\"",
        "[]",
        "1"
      })
  void anOddReportEndsNothing(String odd) {
    ConsumerRecord<String, byte[]> record =
        record(Topics.REPORTS.name(), odd.getBytes(StandardCharsets.UTF_8));

    assertThatCode(() -> new StudyNotes(studies).note(record)).doesNotThrowAnyException();
    assertThat(studies.latest()).isEmpty();
  }

  @Test
  void anIdThatIsNotAReportsIsNotShown() {
    studies.reported("1.2.3", "DOE-JANE", Instant.EPOCH);

    assertThat(studies.latest()).asString().contains("1.2.3").doesNotContain("DOE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"DOE^JANE", "DOE-JANE", "1.2.840 DOE", ""})
  void aKeyThatIsNoUidIsNotShown(String key) {
    StudyNotes notes = new StudyNotes(studies);
    String report = "{\"resourceType\":\"DiagnosticReport\",\"id\":\"DOE^JANE\"}";

    notes.note(new ConsumerRecord<>(Topics.REJECTED.name(), 0, 1, key, new byte[0]));
    notes.note(
        new ConsumerRecord<>(
            Topics.REPORTS.name(), 0, 2, key, report.getBytes(StandardCharsets.UTF_8)));
    notes.note(
        new ConsumerRecord<>(
            Topics.SCREENINGS.name(),
            0,
            3,
            key,
            Topics.SCREENINGS.values().serializer().serialize("", screening(key))));

    assertThat(studies.latest())
        .extracting(RecentStudies.Study::studyInstanceUid)
        .containsExactly("unknown");
    assertThat(studies.latest())
        .asString()
        .doesNotContain("DOE")
        .contains("sopInstanceUid=unknown");
  }

  @Test
  void aUidIsShown() {
    new StudyNotes(studies)
        .note(new ConsumerRecord<>(Topics.REJECTED.name(), 0, 1, "2.25.1", new byte[0]));

    assertThat(studies.latest())
        .extracting(RecentStudies.Study::studyInstanceUid)
        .containsExactly("2.25.1");
  }

  private static ScreeningRecord screening(String uid) {
    return new ScreeningRecord(
        uid,
        Optional.of(uid),
        "skipped",
        Optional.of("no film"),
        Optional.empty(),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        "routine",
        "",
        Instant.EPOCH,
        0,
        0);
  }

  @Test
  void theWatchGoesOnAfterARecordThatItsListenerCannotBear() {
    assertThatCode(
            () ->
                TopicWatch.hear(
                    record -> {
                      throw new NullPointerException();
                    },
                    record(Topics.REPORTS.name(), null)))
        .doesNotThrowAnyException();
  }

  private static ConsumerRecord<String, byte[]> record(String topic, byte[] value) {
    ConsumerRecord<String, byte[]> record = new ConsumerRecord<>(topic, 0, 1, null, value);
    if (topic.equals(Topics.REJECTED.name())) {
      record.headers().add(Rejection.REASON, null);
      assertThat(StudyNotes.reason(record)).isEqualTo("unknown");
    }
    return record;
  }
}
