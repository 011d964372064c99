package org.magsd.trainer.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.TrainRun;
import org.magsd.trainer.report.HtmlReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a model, measures it and exports it as a bundle. */
@Command(
    name = "train",
    description = "Trains, evaluates, exports a model bundle.",
    mixinStandardHelpOptions = true)
public final class TrainCommand implements MagsdCommand {
  @Mixin private DataOptions options;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "train-run",
      description =
          "Where state, manifest, metrics, report and bundle go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(names = "--resume", description = "Continues the run in the output folder.")
  private boolean resume;

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireData();
    String remedy =
        "continue with --resume if " + out + " holds a state.safetensors, else begin again";
    try (Interruption interruption = new Interruption(remedy)) {
      return RunFailure.told(out, () -> train(interruption));
    }
  }

  private int train(Interruption interruption) throws IOException, InterruptedException {
    Console console = Console.onStandardError();
    TrainRun run = new TrainRun(options.config(), options.data(), out, interruption, console);
    Optional<TrainRun.Finished> finished = run.call(resume);
    if (finished.isEmpty()) {
      return 1;
    }
    HtmlReport.write(out, finished.get());
    console.say("report in " + out.resolve("report.html"));
    return 0;
  }
}
