package org.magsd.trainer.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.trainer.experiment.Ablation;
import org.magsd.trainer.fit.Console;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains the paper's ablation and compares the variants. */
@Command(
    name = "ablation",
    description = "Trains the paper's variants, plain backbone to MAG-SD, and compares them.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Variants differ in the configuration's last stage; the stages before it are trained once"
          + " for",
      "networks with and once for those without attention. DIR gets a folder per variant and",
      "ablation.json (also printed), ablation.md, ablation.html. Started again with --resume",
      "while it runs, it helps: each variant is trained by one process, and all wait for all."
    })
public final class AblationCommand implements MagsdCommand {
  @Mixin private ExperimentOptions options;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Epochs of the last stage (default: the configuration's).")
  private Optional<Integer> epochs = Optional.empty();

  @Option(
      names = "--budget",
      paramLabel = "epochs|passes",
      defaultValue = "epochs",
      description =
          "What is equal for all variants: epochs, as in the paper, or passes of a film through the"
              + " network. Variants with copies make four passes an epoch; with passes the others"
              + " get four times the epochs (default: ${DEFAULT-VALUE}).")
  private Ablation.Budget budget;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ExperimentOptions.requireEpochs(spec, epochs);
    options.requireUsable();
    try (Interruption interruption = new Interruption(options.continuation())) {
      return RunFailure.told(options.out(), () -> compare(interruption));
    }
  }

  private int compare(Interruption interruption) throws IOException, InterruptedException {
    Console console = Console.onStandardError();
    Optional<ObjectNode> result =
        new Ablation(
                options.config(),
                options.data(),
                options.out(),
                budget,
                epochs,
                interruption,
                console)
            .run();
    return options.finished(spec, console, result, "ablation.html");
  }
}
