package org.magsd.trainer.cli;

import java.nio.file.Path;

/** What the installation brings, wherever a command is run: see {@code magsd.home}. */
final class Shipped {
  private Shipped() {}

  /** A file or folder of {@code config/}. */
  static Path config(String... below) {
    Path config = Path.of(System.getProperty("magsd.home", ""), "config");
    for (String name : below) {
      config = config.resolve(name);
    }
    return config;
  }
}
