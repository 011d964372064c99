package org.magsd.trainer.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.trainer.experiment.CrossValidation;
import org.magsd.trainer.fit.Console;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a configuration again and again, with other films held out each time. */
@Command(
    name = "cross-validate",
    description =
        "Trains with other patients, or another source, held out each time, and measures on those.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Films of the configuration's last stage are held out; no stage learns from their patients",
      "or, by source, from any film of that source.",
      "DIR gets a folder per part and cross-validation.json (also printed), cross-validation.md,",
      "cross-validation.html. Started again with --resume while it runs, it helps: each part is",
      "trained by one process, and all wait for all."
    })
public final class CrossValidateCommand implements MagsdCommand {
  private static final int FOLDS = 5;

  @Mixin private ExperimentOptions options;

  @ArgGroup private HeldOut heldOut = new HeldOut();

  /** What is held out at a time. */
  static final class HeldOut {
    @Option(
        names = "--folds",
        paramLabel = "K",
        description = "A K-th of the patients of each class and source, 2 or more (default: 5).")
    private int folds = FOLDS;

    @Option(
        names = "--by-source",
        description = "One source at a time: does the network know disease or scanner?")
    private boolean bySource;
  }

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Epochs of the last stage (default: the configuration's).")
  private Optional<Integer> epochs = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ExperimentOptions.requireEpochs(spec, epochs);
    if (heldOut.folds < 2) {
      throw new ParameterException(
          spec.commandLine(), "--folds must be 2 or more, but is " + heldOut.folds);
    }
    options.requireUsable();
    try (Interruption interruption = new Interruption(options.continuation())) {
      return RunFailure.told(options.out(), () -> validate(interruption));
    }
  }

  private int validate(Interruption interruption) throws IOException, InterruptedException {
    Console console = Console.onStandardError();
    CrossValidation validation =
        new CrossValidation(
            options.config(), options.data(), options.out(), epochs, interruption, console);
    Optional<ObjectNode> result =
        heldOut.bySource ? validation.bySource() : validation.byFolds(heldOut.folds);
    return options.finished(spec, console, result, "cross-validation.html");
  }
}
