package org.magsd.trainer.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.inference.UserError;

class LatestLabelsTest {
  private static final String STUDY = "1.2.3";
  private final LatestLabels labels = new LatestLabels("training.labels");

  private void add(int partition, long offset, long written, String key, String value) {
    labels.add(
        new ConsumerRecord<>(
            "training.labels",
            partition,
            offset,
            written,
            TimestampType.CREATE_TIME,
            0,
            0,
            bytes(key),
            bytes(value),
            new RecordHeaders(),
            Optional.empty()));
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private static String label(String name, String when) {
    return "{\"class\":\"" + name + "\",\"who\":\"r7\",\"when\":\"" + when + "\"}";
  }

  private String standing() {
    return labels.standing().get(STUDY).label();
  }

  @Test
  void theLatestConfirmationStandsWhateverTheOrderOfArrival() {
    add(0, 1, 10, STUDY, label("late", "2026-02-01T00:00:00Z"));
    add(0, 2, 20, STUDY, label("early", "2026-01-01T00:00:00+01:00"));

    assertThat(standing()).isEqualTo("late");
  }

  @Test
  void ofTwoConfirmationsAtOneTimeTheLaterRecordStands() {
    add(0, 1, 10, STUDY, label("first", "2026-02-01T00:00:00Z"));
    add(0, 2, 10, STUDY, label("second", "2026-02-01T00:00:00Z"));

    assertThat(standing()).isEqualTo("second");
  }

  @Test
  void aRecordWithoutAValueRetractsWhatWasSaidBeforeIt() {
    add(0, 1, 10, STUDY, label("gone", "2999-01-01T00:00:00Z"));
    add(0, 2, 20, STUDY, null);
    assertThat(labels.standing()).isEmpty();
    assertThat(labels.retracted()).isEqualTo(1);

    add(0, 3, 30, STUDY, label("anew", "2026-01-01T00:00:00Z"));
    assertThat(standing()).isEqualTo("anew");
    assertThat(labels.retracted()).isZero();
  }

  @Test
  void aRetractionInAnotherPartitionCountsByTheBrokersClock() {
    add(1, 0, 20, STUDY, null);
    add(0, 5, 10, STUDY, label("before", "2026-01-01T00:00:00Z"));
    assertThat(labels.standing()).isEmpty();

    add(0, 6, 30, STUDY, label("after", "2026-01-01T00:00:00Z"));
    assertThat(standing()).isEqualTo("after");
  }

  @Test
  void theStudyMayStandInTheValueAlone() {
    add(
        0,
        1,
        10,
        null,
        "{\"studyInstanceUid\":\"1.2.3\",\"class\":\"x\",\"who\":\"r\",\"when\":\"2026-01-01T00:00:00Z\","
            + "\"comment\":\"unknown fields are for others\"}");

    assertThat(standing()).isEqualTo("x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no json|is not JSON",
        "null|is empty",
        "{'who':'r','when':'2026-01-01T00:00:00Z'}|class is missing",
        "{'class':'a','when':'2026-01-01T00:00:00Z'}|who is missing",
        "{'class':'a','who':'r'}|when is missing",
        "{'class':'a','who':'r','when':'yesterday'}|is not JSON",
        "{'studyInstanceUid':'9.9','class':'a','who':'r','when':'2026-01-01T00:00:00Z'}|different",
        "{'studyInstanceUid':'MILLER','class':'a','who':'r','when':'2026-01-01T00:00:00Z'}|no UID"
      })
  void namesTheRecordThatCannotBeReadUntilAnotherMakesUpForIt(String value, String reason) {
    add(3, 41, 10, STUDY, value.replace('\'', '"'));

    assertThatThrownBy(labels::standing)
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("training.labels, partition 3, offset 41", reason)
        .hasMessageNotContaining("MILLER");

    add(3, 42, 20, STUDY, label("right", "2026-01-01T00:00:00Z"));
    assertThat(standing()).isEqualTo("right");
  }

  @Test
  void recordsThatNameNoStudyHoldUpNobody() {
    add(0, 7, 10, "SMITH^JOHN", label("a", "2026-01-01T00:00:00Z"));
    add(0, 8, 10, null, "no json");
    add(0, 9, 10, null, null);

    assertThat(labels.standing()).isEmpty();
    assertThat(labels.nameless())
        .containsExactly(
            "training.labels, partition 0, offset 7",
            "training.labels, partition 0, offset 8",
            "training.labels, partition 0, offset 9");
  }
}
