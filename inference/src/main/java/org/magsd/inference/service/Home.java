package org.magsd.inference.service;

import java.nio.file.Path;

/**
 * Where magsd is installed: the launcher says so in the system property {@code magsd.home}; without
 * it, the working directory. Relative paths of the configuration are below it.
 */
public final class Home {
  private Home() {}

  public static Path directory() {
    return Path.of(System.getProperty("magsd.home", "")).toAbsolutePath().normalize();
  }

  public static Path resolve(Path path) {
    return directory().resolve(path).normalize();
  }
}
