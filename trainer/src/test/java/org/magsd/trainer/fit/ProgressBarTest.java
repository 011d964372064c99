package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  void tellsHowMuchTimeIsLeftAtThePaceSoFar() {
    ProgressBar bar = bar(false, 0);

    String line = bar.line(6, Duration.ofSeconds(30).toNanos(), "loss 0.5");

    assertThat(line)
        .isEqualTo("epoch 1/2 [############............] 6/12, 0:30 min left, loss 0.5");
  }

  @Test
  void countsThePaceOfAResumedEpochFromWhereItWasResumed() {
    ProgressBar bar = bar(false, 6);

    assertThat(bar.line(6, Duration.ofSeconds(1).toNanos(), "")).contains("6/12, ? left");
    assertThat(bar.line(8, Duration.ofMinutes(60).toNanos(), "")).endsWith("8/12, 2:00 h left");
  }

  @Test
  void tellsWhenTheStageWillBeDoneAsWell() {
    ProgressBar bar =
        new ProgressBar(
            new PrintStream(written, true, StandardCharsets.UTF_8), false, "", 12, 0, 24);

    assertThat(bar.line(6, Duration.ofMinutes(1).toNanos(), "loss 0.5"))
        .endsWith(" 6/12, 1:00 min left, 5:00 min of the stage, loss 0.5");
    assertThat(bar.line(0, 1, "")).endsWith(" 0/12, ? left");
  }

  @Test
  void keepsALogShortAndATerminalClean() {
    ProgressBar log = bar(false, 0);
    for (int i = 0; i < 1_000; i++) {
      log.show(3, "busy");
    }
    log.end("done");
    assertThat(written.toString(StandardCharsets.UTF_8)).isEqualTo("epoch 1/2 done\n");

    written.reset();
    bar(true, 0).end("done");
    assertThat(written.toString(StandardCharsets.UTF_8)).isEqualTo("\r\033[Kepoch 1/2 done\n");

    written.reset();
    log.clear();
    assertThat(written.size()).isZero();
  }

  private ProgressBar bar(boolean terminal, long done) {
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    return new ProgressBar(out, terminal, "epoch 1/2", 12, done, 0);
  }
}
