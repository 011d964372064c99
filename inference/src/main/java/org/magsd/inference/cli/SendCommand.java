package org.magsd.inference.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.magsd.inference.UserError;
import org.magsd.ingest.net.DimseProvider;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.TlsConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends files by C-STORE; a line of JSON for each on stdout, progress and a summary on stderr. */
@Command(
    name = "send",
    description = "Sends DICOM files to a receiver by C-STORE.",
    mixinStandardHelpOptions = true)
public final class SendCommand implements MagsdCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE_OR_DIR",
      description = "Files, or folders to be sent with all below them.")
  private List<Path> paths;

  @Option(
      names = "--to",
      paramLabel = "AE@HOST:PORT",
      defaultValue = "MAGSD@127.0.0.1:11112",
      description = "The receiver (default: ${DEFAULT-VALUE}).")
  private String to;

  @Option(
      names = "--from",
      paramLabel = "AE",
      defaultValue = "MAGSD-SEND",
      description = "Own AE title (default: ${DEFAULT-VALUE}).")
  private String from;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "1",
      description = "Associations at a time, 1 to 64 (default: ${DEFAULT-VALUE}).")
  private int parallel;

  @Option(
      names = "--attempts",
      paramLabel = "N",
      defaultValue = "4",
      description = "Tries while the receiver is away or busy (default: ${DEFAULT-VALUE}).")
  private int attempts;

  @Option(
      names = "--tls-trust",
      paramLabel = "FILE",
      description = "Use TLS and trust these certificates (PKCS12 or .pem).")
  private Path trust;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Use TLS with this own key and certificate (PKCS12 or .pem).")
  private Path key;

  @Option(
      names = "--tls-password",
      paramLabel = "PASSWORD",
      defaultValue = "${env:MAGSD_TLS_PASSWORD:-}",
      description = "Of PKCS12 files; better set as MAGSD_TLS_PASSWORD.")
  private String password;

  @Override
  public Integer call() throws InterruptedException {
    ScuConfig peer = peer();
    if (parallel < 1 || parallel > 64) {
      throw usage("--parallel: %d is not between 1 and 64".formatted(parallel));
    }
    List<Path> files = files();
    PrintWriter out = spec.commandLine().getOut();
    Progress progress = new Progress(spec.commandLine().getErr(), files.size());
    List<SendOutcome> outcomes =
        DimseProvider.builtIn()
            .send(
                peer,
                files,
                parallel,
                outcome -> {
                  out.println(json(outcome));
                  out.flush();
                  progress.add(outcome);
                });
    progress.end();
    return outcomes.stream().allMatch(SendOutcome.Stored.class::isInstance) ? 0 : 1;
  }

  private ScuConfig peer() {
    try {
      ScuConfig plain = ScuConfig.to(to).from(from).trying(attempts, Duration.ofMillis(500));
      return trust == null && key == null
          ? plain
          : plain.over(
              new TlsConfig(Optional.ofNullable(key), Optional.ofNullable(trust), password, true));
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private List<Path> files() {
    List<Path> files = new ArrayList<>();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new UserError(path + ": no such file or folder");
      }
      try (Stream<Path> below = Files.walk(path)) {
        below.filter(Files::isRegularFile).sorted().forEach(files::add);
      } catch (IOException | UncheckedIOException e) {
        throw new UserError(path + ": cannot be read: " + e.getMessage(), e);
      }
    }
    if (files.isEmpty()) {
      throw new UserError("no files in " + paths);
    }
    return files;
  }

  private static String json(SendOutcome outcome) {
    ObjectNode line = JSON.createObjectNode().put("file", outcome.file().toString());
    if (outcome instanceof SendOutcome.Stored stored) {
      line.put("ok", true).put("status", "%04X".formatted(stored.status())).putNull("error");
    } else if (outcome instanceof SendOutcome.Refused refused) {
      line.put("ok", false)
          .put("status", "%04X".formatted(refused.status()))
          .put("error", refused.comment().isEmpty() ? "refused" : refused.comment());
    } else if (outcome instanceof SendOutcome.Failed failed) {
      line.put("ok", false).putNull("status").put("error", failed.reason());
    }
    try {
      return JSON.writeValueAsString(line);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** A bar that is redrawn in place on a terminal and left out elsewhere, then a summary. */
  private static final class Progress {
    private static final int WIDTH = 30;
    private static final int MOST_REASONS = 20;

    private final PrintWriter err;
    private final int total;
    private final boolean terminal = stderrIsATerminal();
    private final List<String> failures = new ArrayList<>();
    private int done;

    Progress(PrintWriter err, int total) {
      this.err = err;
      this.total = total;
    }

    /** By what the descriptor leads to; where that cannot be told, no bar is drawn. */
    private static boolean stderrIsATerminal() {
      try {
        String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
      } catch (IOException e) {
        return false;
      }
    }

    void add(SendOutcome outcome) {
      done++;
      if (outcome instanceof SendOutcome.Refused refused) {
        failures.add(
            "%s: refused, status %04X %s"
                .formatted(refused.file(), refused.status(), refused.comment()));
      } else if (outcome instanceof SendOutcome.Failed failed) {
        failures.add(failed.file() + ": " + failed.reason());
      }
      if (terminal) {
        int filled = WIDTH * done / total;
        err.printf("\r[%s%s] %d/%d", "#".repeat(filled), ".".repeat(WIDTH - filled), done, total);
        err.flush();
      }
    }

    void end() {
      if (terminal) {
        err.println();
      }
      err.printf("%d of %d files stored%n", total - failures.size(), total);
      failures.stream().limit(MOST_REASONS).forEach(reason -> err.println("  " + reason));
      if (failures.size() > MOST_REASONS) {
        err.printf("  and %d more%n", failures.size() - MOST_REASONS);
      }
      err.flush();
    }
  }
}
