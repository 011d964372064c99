package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class InterruptionTest {
  @Test
  void saysWhatIsLeftOfARunThatDoesNotStopInTime() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Interruption interruption =
        new Interruption("begin again", new PrintStream(said, true, StandardCharsets.UTF_8), 0);

    interruption.part();

    assertThat(interruption.getAsBoolean()).isTrue();
    assertThat(said.toString(StandardCharsets.UTF_8))
        .isEqualToIgnoringNewLines(
            "not stopped in time: what was learnt since the state was last kept is lost; begin"
                + " again");
  }
}
