package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
  private record Run(int exit, String err) {}

  private static Run run(String... arguments) {
    StringWriter err = new StringWriter();
    int exit = Magsd.commandLine().setErr(new PrintWriter(err)).execute(arguments);
    return new Run(exit, err.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "--seconds, 4, --seconds: 4 is not 5 to 3600",
    "--size, 100, --size: 100 is not a multiple of 32 from 32 to 1024",
    "--size, 2048, --size: 2048 is not a multiple of 32 from 32 to 1024"
  })
  void refusesWhatIsOutOfRange(String option, String value, String message) {
    Run refused = run("bench", option, value);

    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.err()).contains(message);
  }

  @Test
  void saysThatServingAloneMakesNoNetworks() {
    Run refused = run("bench", "--config", "../config/magsd.yaml", "--untrained", "resnet18");

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("--untrained: this installation has no trainer");
  }
}
