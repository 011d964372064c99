package org.magsd.inference.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The model bundle that comes with magsd: the one folder in {@code config/models}. */
final class ShippedModel {
  private ShippedModel() {}

  static Path directory() {
    Path models =
        Path.of(System.getProperty("magsd.home", "")).toAbsolutePath().resolve("config/models");
    List<Path> bundles;
    try (Stream<Path> folders = Files.list(models)) {
      bundles = folders.filter(folder -> Files.exists(folder.resolve("model.json"))).toList();
    } catch (IOException e) {
      throw new UserError("no model bundles in " + models + "; name one with --model", e);
    }
    if (bundles.size() != 1) {
      throw new UserError(
          bundles.size() + " model bundles in " + models + "; name one with --model");
    }
    return bundles.get(0);
  }
}
