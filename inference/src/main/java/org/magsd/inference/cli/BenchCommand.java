package org.magsd.inference.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.magsd.inference.UserError;
import org.magsd.inference.bench.Bench;
import org.magsd.inference.bench.BenchResult;
import org.magsd.inference.bench.BenchTable;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.UntrainedModels;
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
      "Throughput, added latency, processor time, the C-STORE port's rate, memory.",
      "Has a broker, ports and folders of its own: nothing comes from the site's, nor goes there."
    },
    mixinStandardHelpOptions = true)
public final class BenchCommand implements MagsdCommand {
  @Spec private CommandSpec spec;

  @Option(
      names = "--json",
      description = "Print each model's result as a JSON object on stdout, one a line.")
  private boolean json;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "How long runtime and pipeline are measured, each, 5 to 3600 (default:"
              + " ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "Model bundle; may be repeated (default: that of the configuration, unless --untrained is"
              + " given).")
  private List<Path> models = new ArrayList<>();

  @Option(
      names = "--untrained",
      paramLabel = "NETWORK",
      split = ",",
      description =
          "Measure networks with random weights, as fast as trained ones: resnet18, resnet34 or"
              + " resnet50, with -fp16 or -int8 behind for another precision than float32; several"
              + " with commas.")
  private List<String> untrained = new ArrayList<>();

  @Option(
      names = "--size",
      paramLabel = "N",
      defaultValue = "224",
      description =
          "Side of the input of networks with random weights, a multiple of 32 from 32 to 1024"
              + " (default: ${DEFAULT-VALUE}).")
  private int size;

  @Option(
      names = "--films",
      paramLabel = "DIR",
      description = "Folder of DICOM films to vary (default: the bundled samples).")
  private Optional<Path> films = Optional.empty();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Configuration, of which gate, inference (without shadow-model), report, and the"
              + " partitions and inline limit of kafka are measured (default: config/magsd.yaml of"
              + " the installation).")
  private Optional<Path> config = Optional.empty();

  @Override
  public Integer call() throws InterruptedException {
    require(seconds >= 5 && seconds <= 3_600, "--seconds: " + seconds + " is not 5 to 3600");
    require(
        size >= 32 && size <= 1_024 && size % 32 == 0,
        "--size: " + size + " is not a multiple of 32 from 32 to 1024");
    ServiceConfig settings = ServiceConfig.load(config.orElseGet(ServiceConfig::usualFile));
    Path samples = films.orElseGet(() -> Home.resolve(Path.of("config", "samples")));
    PrintWriter people = spec.commandLine().getErr();
    try (TemporaryFolder scratch = TemporaryFolder.create("magsd-untrained-")) {
      Bench bench = new Bench(settings, samples.toAbsolutePath(), seconds, people);
      print(bench.run(bundles(settings, scratch.path())), people);
      return 0;
    } catch (IOException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private void require(boolean holds, String refusal) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), refusal);
    }
  }

  /** What is to be measured, in the order asked for; the untrained ones are made first. */
  private List<Path> bundles(ServiceConfig settings, Path scratch) throws IOException {
    List<Path> bundles = new ArrayList<>();
    models.forEach(model -> bundles.add(model.toAbsolutePath()));
    if (models.isEmpty() && untrained.isEmpty()) {
      bundles.add(settings.inference().model());
    }
    if (!untrained.isEmpty()) {
      UntrainedModels maker =
          ServiceLoader.load(UntrainedModels.class)
              .findFirst()
              .orElseThrow(
                  () ->
                      new UserError(
                          "--untrained: this installation has no trainer, which makes them"));
      ModelCard like = ModelBundle.load(settings.inference().model()).card();
      for (String network : untrained) {
        Path folder = Files.createDirectories(scratch).resolve(network.strip());
        try {
          maker.write(folder, network.strip(), size, like);
        } catch (IllegalArgumentException e) {
          throw new UserError("--untrained: " + e.getMessage(), e);
        }
        bundles.add(folder);
      }
    }
    return bundles;
  }

  private void print(List<BenchResult> results, PrintWriter people) throws IOException {
    if (json) {
      for (BenchResult result : results) {
        spec.commandLine().getOut().println(new ObjectMapper().writeValueAsString(result));
      }
      spec.commandLine().getOut().flush();
    }
    if (results.size() > 1) { // of one alone all has been said
      people.printf("%n%s", BenchTable.of(results));
      people.flush();
    }
  }
}
