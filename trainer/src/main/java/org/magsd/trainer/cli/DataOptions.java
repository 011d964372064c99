package org.magsd.trainer.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.magsd.inference.UserError;
import picocli.CommandLine.Option;

/** From what the commands that train learn, and how. */
final class DataOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "What to compute (default: config/train.yaml of the installation).")
  private Path config = Shipped.config("train.yaml");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "Folder the configuration's csv files are in (default: ${DEFAULT-VALUE}).")
  private Path data;

  Path config() {
    return config;
  }

  Path data() {
    return data;
  }

  /**
   * @throws UserError if the data are not there
   */
  void requireData() {
    if (!Files.isDirectory(data)) {
      throw new UserError("--data: " + data + " is no folder");
    }
  }
}
