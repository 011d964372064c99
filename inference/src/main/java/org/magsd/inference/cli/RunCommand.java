package org.magsd.inference.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.magsd.inference.UserError;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the service until it is told to end. */
@Command(
    name = "run",
    description = {
      "Runs the service until it is told to end.",
      "It uses the Kafka named in the configuration, or an embedded broker where none is named."
    },
    mixinStandardHelpOptions = true)
public final class RunCommand implements MagsdCommand {
  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  /** Longer than the service gives its parts. */
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(55);

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration (default: config/magsd.yaml of the installation).")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--only",
      paramLabel = "PART",
      split = ",",
      description = "Parts to run: ingest, inference, fhir (default: all).")
  private List<String> only = List.of();

  @Override
  public Integer call() throws InterruptedException {
    Set<Part> parts = parts();
    ServiceConfig loaded = ServiceConfig.load(config.orElseGet(ServiceConfig::usualFile));
    CountDownLatch ending = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Thread hook = new Thread(() -> end(ending, ended), "magsd-end");
    Runtime.getRuntime().addShutdownHook(hook);
    try (MagsdService service = MagsdService.start(loaded, parts)) {
      spec.commandLine()
          .getErr()
          .printf("magsd is up, console on http port %d%n", service.httpPort());
      ending.await();
    } catch (IOException e) {
      throw new UserError(e.getMessage(), e);
    } finally {
      ended.countDown();
    }
    return 0;
  }

  private Set<Part> parts() {
    if (only.isEmpty()) {
      return Part.all();
    }
    Set<Part> parts = EnumSet.noneOf(Part.class);
    for (String name : only) {
      try {
        parts.add(Part.parse(name));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), "--only: " + e.getMessage(), e);
      }
    }
    return parts;
  }

  /** Called when the process is told to end: lets the service finish what is under way. */
  private static void end(CountDownLatch ending, CountDownLatch ended) {
    ending.countDown();
    try {
      if (!ended.await(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("not all closed after {}", CLOSE_PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
