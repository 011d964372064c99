package org.magsd.trainer.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.magsd.inference.UserError;
import org.magsd.trainer.fit.Console;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What the commands that train have in common. */
final class ExperimentOptions {
  @Mixin private DataOptions learnt;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where configurations, states, results and tables go.")
  private Path out;

  @Option(
      names = "--resume",
      description = "Continues what the output folder holds; what is trained is not trained again.")
  private boolean resume;

  Path config() {
    return learnt.config();
  }

  Path data() {
    return learnt.data();
  }

  Path out() {
    return out;
  }

  /**
   * @throws ParameterException for none
   */
  static void requireEpochs(CommandSpec spec, Optional<Integer> epochs) {
    if (epochs.filter(n -> n < 1).isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--epochs must be 1 or more, but is " + epochs.get());
    }
  }

  /**
   * @throws UserError if there are no data, or the output folder is in use
   */
  void requireUsable() throws IOException {
    learnt.requireData();
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new UserError("--out: " + out + " is no folder");
    }
    if (!resume && Files.exists(out)) {
      try (Stream<Path> content = Files.list(out)) {
        if (content.findAny().isPresent()) {
          throw new UserError(out + " is not empty: continue with --resume, or name another --out");
        }
      }
    }
  }

  /** How to go on after an interruption, wherever it came. */
  String continuation() {
    return "continue with --resume --out " + out;
  }

  /** Prints the result, or how to continue; gives the exit code. */
  int finished(CommandSpec spec, Console console, Optional<ObjectNode> result, String page) {
    if (result.isEmpty()) {
      console.say("interrupted; " + continuation());
      return 1;
    }
    spec.commandLine().getOut().println(result.get());
    spec.commandLine().getOut().flush();
    console.say("report in " + out.resolve(page));
    return 0;
  }
}
