package org.magsd.inference.cli;

import java.util.Comparator;
import java.util.ServiceLoader;
import org.magsd.inference.UserError;
import org.magsd.inference.model.Telemetry;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code ./magsd COMMAND [options]}. */
@Command(
    name = "magsd",
    description = "Chest X-ray triage as a stream: DICOM in, FHIR R4 reports out.",
    mixinStandardHelpOptions = true,
    versionProvider = Magsd.Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Magsd {
  private Magsd() {}

  public static void main(String[] arguments) {
    Telemetry.refuseOfDjl();
    System.exit(commandLine().execute(arguments));
  }

  /** What the jar says of itself, and what it runs on. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String ours = Magsd.class.getPackage().getImplementationVersion();
      return new String[] {
        "magsd " + (ours == null ? "(not packaged)" : ours),
        "Java ${java.version}, ${os.name} ${os.arch}"
      };
    }
  }

  /** The root command with every command on the class path, in alphabetical order. */
  public static CommandLine commandLine() {
    CommandLine root = new CommandLine(new Magsd());
    ServiceLoader.load(MagsdCommand.class).stream()
        .map(command -> new CommandLine(command.get()))
        .sorted(Comparator.comparing(CommandLine::getCommandName))
        .forEach(command -> root.addSubcommand(command.getCommandName(), command));
    root.setCaseInsensitiveEnumValuesAllowed(true);
    root.setExecutionExceptionHandler(
        (exception, command, result) -> {
          if (!(exception instanceof UserError)) {
            throw exception;
          }
          command.getErr().println("magsd: " + exception.getMessage());
          return 1;
        });
    return root;
  }
}
