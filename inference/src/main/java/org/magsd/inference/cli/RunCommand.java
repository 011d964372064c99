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
    Ending ending = new Ending();
    Runtime.getRuntime().addShutdownHook(new Thread(ending::end, "magsd-end"));
    try (MagsdService service = MagsdService.start(loaded, parts)) {
      ending.startIsOver();
      spec.commandLine()
          .getErr()
          .printf("magsd is up, console on http port %d%n", service.httpPort());
      ending.told.await();
    } catch (IOException | RuntimeException e) {
      if (ending.told.getCount() == 0) {
        LOG.info("told to end before all had been started");
        return 0;
      }
      throw e instanceof RuntimeException ours ? ours : new UserError(e.getMessage(), e);
    } finally {
      ending.startIsOver();
      ending.ended.countDown();
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

  /** What the shutdown hook and the thread that runs the service tell each other. */
  private static final class Ending {
    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private Optional<Thread> starting = Optional.of(Thread.currentThread());

    /** From now on the thread is not interrupted: what it has begun is closed in order. */
    synchronized void startIsOver() {
      if (starting.isPresent() && Thread.interrupted()) {
        LOG.debug("told to end at the end of the start");
      }
      starting = Optional.empty();
    }

    /** Called when the process is told to end: lets the service finish what is under way. */
    void end() {
      told.countDown();
      synchronized (this) {
        starting.ifPresent(Thread::interrupt);
      }
      try {
        if (!ended.await(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
          LOG.warn("not all closed after {}", CLOSE_PATIENCE);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
