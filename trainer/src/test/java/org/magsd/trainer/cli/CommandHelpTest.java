package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** Wrong usage, as any other: exit code 2 and how it is used. */
  @ParameterizedTest
  @CsvSource({"cross-validate, --folds, 1", "cross-validate, --epochs, 0", "ablation, --epochs, 0"})
  void aCountThatIsTooSmallIsWrongUsage(String command, String option, String value) {
    CommandLine magsd = Magsd.commandLine();
    StringWriter err = new StringWriter();
    magsd.setErr(new PrintWriter(err, true));

    int status = magsd.execute(command, "--out", "there", option, value);

    assertThat(status).isEqualTo(2);
    assertThat(err.toString()).contains(option + " must be", "but is " + value);
  }

  @Test
  void valuesOfAChoiceAreReadAsTheHelpWritesThem() {
    CommandLine.ParseResult parsed =
        Magsd.commandLine().parseArgs("ablation", "--out", "there", "--budget", "passes");

    Object budget = parsed.subcommand().matchedOption("--budget").getValue();
    assertThat(budget).isEqualTo(Ablation.Budget.PASSES);
  }
}
