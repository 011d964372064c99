package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.magsd.inference.cli.Magsd;
import org.magsd.trainer.experiment.Ablation;
import picocli.CommandLine;

class CommandHelpTest {
  static Stream<String> commands() {
    return Magsd.commandLine().getSubcommands().keySet().stream();
  }

  /** Picocli applies defaults before it prints help: one that cannot be read shows here. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandPrintsItsHelp(String command) {
    CommandLine magsd = Magsd.commandLine();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    magsd.setOut(new PrintWriter(out, true));
    magsd.setErr(new PrintWriter(err, true));

    int status = magsd.execute(command, "--help");

    assertThat(err.toString()).isEmpty();
    assertThat(status).isZero();
    assertThat(out.toString()).startsWith("Usage: magsd " + command);
  }

  @Test
  void valuesOfAChoiceAreReadAsTheHelpWritesThem() {
    CommandLine.ParseResult parsed =
        Magsd.commandLine().parseArgs("ablation", "--out", "there", "--budget", "passes");

    Object budget = parsed.subcommand().matchedOption("--budget").getValue();
    assertThat(budget).isEqualTo(Ablation.Budget.PASSES);
  }
}
