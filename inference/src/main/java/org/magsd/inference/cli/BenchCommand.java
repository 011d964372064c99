package org.magsd.inference.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import org.magsd.inference.UserError;
import org.magsd.inference.bench.Bench;
import org.magsd.inference.bench.BenchResult;
import org.magsd.inference.service.Home;
import org.magsd.inference.service.ServiceConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the pipeline against the bare runtime. */
@Command(
    name = "bench",
    description = {
      "Measures the pipeline against the bare ONNX Runtime on this machine, in one run.",
      "Throughput, added latency, the C-STORE port's rate, memory."
    },
    mixinStandardHelpOptions = true)
public final class BenchCommand implements MagsdCommand {
  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print the result as one JSON object on stdout.")
  private boolean json;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description = "How long the pipeline is measured, 5 to 3600 (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model bundle (default: that of the configuration).")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--films",
      paramLabel = "DIR",
      description = "Folder of DICOM films to vary (default: the bundled samples).")
  private Optional<Path> films = Optional.empty();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration (default: config/magsd.yaml of the installation).")
  private Optional<Path> config = Optional.empty();

  @Override
  public Integer call() throws InterruptedException {
    if (seconds < 5 || seconds > 3_600) {
      throw new ParameterException(
          spec.commandLine(), "--seconds: " + seconds + " is not between 5 and 3600");
    }
    ServiceConfig loaded = ServiceConfig.load(config.orElseGet(ServiceConfig::usualFile));
    ServiceConfig measured =
        loaded.with(
            loaded
                .inference()
                .with(model.orElse(loaded.inference().model()), loaded.inference().stateFolder()));
    Path samples = films.orElseGet(() -> Home.resolve(Path.of("config", "samples")));
    PrintWriter people = spec.commandLine().getErr();
    try {
      BenchResult result = new Bench(measured, samples, seconds, people).run();
      if (json) {
        spec.commandLine().getOut().println(new ObjectMapper().writeValueAsString(result));
        spec.commandLine().getOut().flush();
      } else {
        table(people, result);
      }
      return 0;
    } catch (IOException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private static void table(PrintWriter people, BenchResult result) {
    people.printf("%nmodel          %s on %s%n", result.model(), result.device());
    people.printf(
        "bare runtime   %.1f films/s at batch %d, one film alone %.1f ms%n",
        result.bare().imagesPerSecond(), result.bare().batch(), result.inferenceMs());
    people.printf(
        "pipeline       %.1f films/s, %.2f of the bare runtime%n",
        result.pipeline().imagesPerSecond(), result.ratio());
    people.printf(
        "added latency  p50 %.1f ms, p95 %.1f ms, p99 %.1f ms%n",
        result.addedLatencyMs().p50(),
        result.addedLatencyMs().p95(),
        result.addedLatencyMs().p99());
    result
        .receive()
        .forEach(
            one ->
                people.printf(
                    "C-STORE        %2d senders: %.0f instances/s, %.1f MB/s%n",
                    one.senders(), one.instancesPerSecond(), one.megabytesPerSecond()));
    people.printf("memory         %d MiB at most%n", result.maxRssMb());
    people.flush();
  }
}
