package org.magsd.trainer.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.magsd.inference.UserError;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.TrainRun;
import org.magsd.trainer.report.HtmlReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains a model, measures it and exports it as a bundle. */
@Command(
    name = "train",
    description = "Trains, evaluates, exports a model bundle.",
    mixinStandardHelpOptions = true)
public final class TrainCommand implements MagsdCommand {
  /** How long an interrupted run may take to keep its state: a batch and a large file. */
  private static final long PARTING_SECONDS = 120;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "config/train.yaml",
      description = "What to compute (default: ${DEFAULT-VALUE}).")
  private Path config;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "Folder the configuration's csv files are in (default: ${DEFAULT-VALUE}).")
  private Path data;

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
    if (!Files.isDirectory(data)) {
      throw new UserError("--data: " + data + " is no folder");
    }
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch parted = new CountDownLatch(1);
    Thread hook = new Thread(() -> part(interrupted, parted), "interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      Console console = new Console(System.err, terminal());
      TrainRun run = new TrainRun(config, data, out, interrupted::get, console);
      Optional<TrainRun.Finished> finished = run.call(resume);
      if (finished.isEmpty()) {
        return 1;
      }
      HtmlReport.write(out, finished.get());
      console.say("report in " + out.resolve("report.html"));
      return 0;
    } catch (OutOfMemoryError e) {
      throw new UserError(
          "out of memory: a smaller batch or size in the configuration, or -Xmx, may help; the"
              + " state of the last epoch is kept in "
              + out,
          e);
    } finally {
      parted.countDown();
      if (!interrupted.get()) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  // From JDK 22 on there is always a console; the launcher's JDK 17 tells terminals from files.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean terminal() {
    return System.console() != null;
  }

  /** Ctrl-C: lets the running batch end and the state be kept. */
  private static void part(AtomicBoolean interrupted, CountDownLatch parted) {
    interrupted.set(true);
    try {
      if (!parted.await(PARTING_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("the state could not be kept in time; that of the last epoch is");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
