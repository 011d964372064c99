package org.magsd.inference.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.stream.Rejection;
import org.magsd.inference.stream.Topics;

class StudyNotesTest {
  private final RecentStudies studies = new RecentStudies();

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
