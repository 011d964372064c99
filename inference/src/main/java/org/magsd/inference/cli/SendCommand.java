package org.magsd.inference.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
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
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.net.DimseProvider;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.Tls;
import org.magsd.ingest.net.TlsConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Sends files by C-STORE; a line of JSON for each on stdout, progress and a summary on stderr. What
 * a folder holds beside instances, such as text or a DICOMDIR, is skipped and no failure; a file
 * that is named itself has to be one.
 */
@Command(
    name = "send",
    description = "Sends DICOM files to a receiver by C-STORE.",
    mixinStandardHelpOptions = true)
public final class SendCommand implements MagsdCommand {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10";
  private static final String PREFIX = "DICM";
  private static final int PREFIX_AT = 128;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE_OR_DIR",
      description = "Files, or folders to be sent with all DICOM files below them.")
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
      description =
          "Use TLS, and trust receivers that show one of these certificates or one signed by them"
              + " (PKCS12 or .pem). TLS needs it: nobody is trusted by default.")
  private Path trust;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Own key and certificate for receivers that ask for one (PKCS12 or .pem).")
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
    PrintWriter out = spec.commandLine().getOut();
    List<Path> skipped = new ArrayList<>();
    List<Path> files = files(skipped);
    skipped.forEach(file -> out.println(skippedLine(file)));
    Progress progress = new Progress(spec.commandLine().getErr(), files.size(), skipped.size());
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
      return tls().map(plain::over).orElse(plain);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /** Checked here: each file would wait for the receiver in vain, and fail for the same reason. */
  private Optional<TlsConfig> tls() {
    if (trust == null && key == null) {
      return Optional.empty();
    }
    if (trust == null) {
      throw usage("--tls-key needs --tls-trust as well: the certificates to know the receiver by");
    }
    TlsConfig config = new TlsConfig(Optional.ofNullable(key), Optional.of(trust), password, true);
    try {
      Tls.context(config, new Tls.Names("--tls-key", "--tls-trust", "--tls-password"));
      return Optional.of(config);
    } catch (IOException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** The files to send; what folders hold beside them goes to {@code skipped}. */
  private List<Path> files(List<Path> skipped) {
    List<Path> files = new ArrayList<>();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new UserError(path + ": no such file or folder");
      }
      boolean folder = Files.isDirectory(path);
      if (!folder && !Files.isRegularFile(path)) {
        throw new UserError(path + ": neither a file nor a folder");
      }
      // Of a link to a folder a walk sees no more than the link.
      Path start = folder ? real(path) : path;
      try (Stream<Path> below = Files.walk(start)) {
        below
            .filter(Files::isRegularFile)
            .map(file -> folder ? path.resolve(start.relativize(file)) : file)
            .sorted()
            .forEach(file -> (folder && !isInstance(file) ? skipped : files).add(file));
      } catch (IOException | UncheckedIOException e) {
        throw new UserError(path + ": cannot be read: " + e.getMessage(), e);
      }
    }
    if (files.isEmpty()) {
      throw new UserError("no DICOM files in " + paths);
    }
    return files;
  }

  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      throw new UserError(folder + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Whether a file is a DICOM object, damaged perhaps, and not the directory of a medium. */
  private static boolean isInstance(Path file) {
    try {
      DicomInstance instance = DicomProvider.builtIn().parse(file);
      return !instance.sopClassUid().equals(Optional.of(MEDIA_STORAGE_DIRECTORY));
    } catch (DicomException e) {
      return saysDicom(file);
    }
  }

  /** The prefix of PS3.10 section 7.1; a file that cannot be read is for the sender to report. */
  private static boolean saysDicom(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(PREFIX_AT + PREFIX.length());
      return head.length == PREFIX_AT + PREFIX.length()
          && new String(head, PREFIX_AT, PREFIX.length(), ISO_8859_1).equals(PREFIX);
    } catch (IOException e) {
      return true;
    }
  }

  private static String skippedLine(Path file) {
    return text(
        JSON.createObjectNode()
            .put("file", file.toString())
            .put("ok", false)
            .put("skipped", true)
            .putNull("status")
            .put("error", "not a DICOM instance"));
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
    return text(line);
  }

  private static String text(ObjectNode line) {
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
    private final int skipped;
    private final boolean terminal = stderrIsATerminal();
    private final List<String> failures = new ArrayList<>();
    private int done;

    Progress(PrintWriter err, int total, int skipped) {
      this.err = err;
      this.total = total;
      this.skipped = skipped;
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
      if (skipped > 0) {
        err.printf("%d files skipped: not DICOM instances%n", skipped);
      }
      failures.stream().limit(MOST_REASONS).forEach(reason -> err.println("  " + reason));
      if (failures.size() > MOST_REASONS) {
        err.printf("  and %d more%n", failures.size() - MOST_REASONS);
      }
      err.flush();
    }
  }
}
