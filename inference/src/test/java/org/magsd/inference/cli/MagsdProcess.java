package org.magsd.inference.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.magsd.inference.stream.JavaProcess;

/**
 * A command in a process of its own, as a user starts it; what it says goes to a file, its
 * temporary files into the folder {@code tmp} beside that.
 */
final class MagsdProcess implements AutoCloseable {
  private final Process process;
  private final Path said;

  private MagsdProcess(Process process, Path said) {
    this.process = process;
    this.said = said;
  }

  static MagsdProcess start(Path said, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Path temporary = Files.createDirectories(said.resolveSibling("tmp"));
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", Magsd.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    JavaProcess.withClassPath(builder);
    return new MagsdProcess(
        builder.redirectErrorStream(true).redirectOutput(said.toFile()).start(), said);
  }

  /** As a service manager ends it. */
  void terminate() {
    process.destroy();
  }

  boolean hasEndedWithin(long seconds) throws InterruptedException {
    return process.waitFor(seconds, TimeUnit.SECONDS);
  }

  int exit() {
    return process.exitValue();
  }

  String said() throws IOException {
    return Files.readString(said);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
