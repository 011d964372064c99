package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An urgent film overtakes the films of its own partition, not those of its own study. */
@Timeout(120)
class PriorityIT {
  @TempDir Path folder;
  private final List<String> screened = new CopyOnWriteArrayList<>();

  @Test
  void aFinishedUrgentFilmOvertakesTheUnfinishedOfOtherStudiesOnly() throws Exception {
    try (TestStream stream = new TestStream(1, Topics.SCREENINGS, this::note)) {
      // Given a backlog of films that take their time, an urgent one of another study behind it
      // and one of a study that waits
      for (int study = 1; study <= 12; study++) {
        stream.send("1." + study, ".1", "millis=1500");
      }
      stream.send("1.99", ".1", "urgent");
      stream.send("1.5", ".2", "urgent");

      stream.run(topology(), folder, Map.of());
      await().atMost(Duration.ofSeconds(60)).until(() -> screened.size() == 14);
    }

    assertThat(screened.get(0)).isEqualTo("1.99.1");
    assertThat(screened.indexOf("1.5.2")).isGreaterThan(screened.indexOf("1.5.1"));
    assertThat(screened)
        .filteredOn(film -> film.endsWith(".1") && !film.equals("1.99.1"))
        .containsExactly(
            "1.1.1", "1.2.1", "1.3.1", "1.4.1", "1.5.1", "1.6.1", "1.7.1", "1.8.1", "1.9.1",
            "1.10.1", "1.11.1", "1.12.1");
  }

  private void note(org.apache.kafka.clients.consumer.ConsumerRecord<String, byte[]> record) {
    screened.add(
        Topics.SCREENINGS
            .values()
            .deserializer()
            .deserialize(record.topic(), record.value())
            .sopInstanceUid()
            .orElseThrow());
  }

  private static ScreeningTopology topology() {
    return new ScreeningTopology(
        new FakeScreener(),
        AssemblyRules.defaults(),
        findings -> findings.study().studyInstanceUid(),
        1 << 20,
        32,
        ScreeningListener.NONE);
  }
}
