package org.magsd.inference.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.magsd.inference.UserError;
import org.magsd.inference.demo.Demo;
import org.magsd.inference.demo.DemoOptions;
import org.magsd.inference.service.Home;
import org.magsd.inference.service.ServiceConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs everything in one process on the bundled sample studies. */
@Command(
    name = "demo",
    description = {
      "Shows the whole pipeline on the bundled sample studies, in one process.",
      "Starts an embedded Kafka broker and a sandbox FHIR endpoint, sends the studies through its",
      "own C-STORE port and shows the reports.",
      "Without --once it stays up, with its console, until Ctrl-C."
    },
    mixinStandardHelpOptions = true)
public final class DemoCommand implements MagsdCommand {
  private static final int DIMSE_PORT = 11112;
  private static final int HTTP_PORT = 8080;
  private static final int SANDBOX_PORT = 8090;

  @Spec private CommandSpec spec;

  @Option(
      names = "--once",
      description = "End with 0 when every sample study has its delivered report, else with 1.")
  private boolean once;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Keep each report Bundle as <StudyInstanceUID>.json there, and the heat maps below it.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--port",
      paramLabel = "N",
      description =
          "C-STORE port, 0 for any free one (default: 11112; with --once another where it is"
              + " taken).")
  private Optional<Integer> port = Optional.empty();

  @Option(
      names = "--http-port",
      paramLabel = "N",
      description =
          "HTTP port, 0 for any free one (default: 8080; with --once another where it is taken).")
  private Optional<Integer> httpPort = Optional.empty();

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model bundle (default: the shipped one).")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--samples",
      paramLabel = "DIR",
      description = "Sample studies with their samples.json (default: the bundled ones).")
  private Optional<Path> samples = Optional.empty();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description = "Longest wait for the reports (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Override
  public Integer call() throws InterruptedException {
    if (timeout < 1 || timeout > 3_600) {
      throw new ParameterException(
          spec.commandLine(), "--timeout: " + timeout + " is not between 1 and 3600");
    }
    PrintWriter people = spec.commandLine().getErr();
    DemoOptions options =
        new DemoOptions(
            once,
            out,
            samples.orElseGet(() -> Home.resolve(Path.of("config", "samples"))),
            model
                .map(Path::toAbsolutePath)
                .orElseGet(() -> ServiceConfig.defaults().inference().model()),
            choose("--port", port, DIMSE_PORT),
            choose("--http-port", httpPort, HTTP_PORT),
            free(SANDBOX_PORT) ? SANDBOX_PORT : 0,
            Duration.ofSeconds(timeout));
    try {
      return new Demo(options, people).run() ? 0 : 1;
    } catch (IOException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  /** What was asked for; else the usual port, or, where nobody needs to know it, a free one. */
  private int choose(String option, Optional<Integer> asked, int usual) {
    if (asked.isPresent()) {
      int given = asked.get();
      if (given < 0 || given > 65_535) {
        throw new ParameterException(
            spec.commandLine(), option + ": " + given + " is not between 0 and 65535");
      }
      return given;
    }
    if (free(usual)) {
      return usual;
    }
    if (!once) {
      throw new UserError("port " + usual + " is taken; choose another with " + option);
    }
    spec.commandLine().getErr().println("port " + usual + " is taken: using a free one");
    return 0;
  }

  private static boolean free(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
