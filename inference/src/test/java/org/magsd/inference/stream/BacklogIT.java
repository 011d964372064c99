package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
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

/** However slowly a backlog is worked off, its studies are reported whole. */
@Timeout(120)
class BacklogIT {
  private static final Duration QUIET = Duration.ofSeconds(1);

  @TempDir Path folder;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  @Test
  void aGapLongerThanTheQuietPeriodWhileABacklogIsWorkedOffTearsNoStudyApart() throws Exception {
    try (TestStream stream =
        new TestStream(
            1, Topics.REPORTS, record -> reports.add(new String(record.value(), UTF_8)))) {
      // Given a study whose two films came together but for films that take seconds each
      stream.send("1.1", ".1", "");
      for (int other = 2; other <= 4; other++) {
        stream.send("1." + other, ".1", "millis=2500");
      }
      stream.send("1.1", ".2", "");
      Thread.sleep(2 * QUIET.toMillis());

      // When they are taken one at a time, old as they are
      stream.run(topology(), folder, Map.of());
      await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() >= 4);
    }

    assertThat(reports)
        .containsExactlyInAnyOrder(
            "1.1 1.1.1=pneumonia 1.1.2=pneumonia r1",
            "1.2 1.2.1=pneumonia r1",
            "1.3 1.3.1=pneumonia r1",
            "1.4 1.4.1=pneumonia r1");
  }

  private static ScreeningTopology topology() {
    return new ScreeningTopology(
        new FakeScreener(),
        AssemblyRules.quietFor(QUIET),
        WorkerProcess::line,
        1 << 20,
        1,
        ScreeningListener.NONE);
  }
}
