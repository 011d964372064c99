package org.magsd.inference.stream;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A class's main method in a process of its own, to be killed. */
public final class JavaProcess implements AutoCloseable {
  private final Process process;

  private JavaProcess(Process process) {
    this.process = process;
  }

  static JavaProcess start(Class<?> main, String... arguments) throws IOException {
    return start(main, OptionalLong.empty(), arguments);
  }

  /**
   * @param largestFile bytes that no file may exceed: to the process the disk is full then
   */
  static JavaProcess start(Class<?> main, OptionalLong largestFile, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    if (largestFile.isPresent()) {
      // In blocks of 512 bytes (POSIX).
      command.addAll(
          List.of(
              "sh", "-c", "ulimit -f " + largestFile.getAsLong() / 512 + "; exec \"$@\"", "sh"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx384m", "-XX:TieredStopAtLevel=1", main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    withClassPath(builder);
    return new JavaProcess(builder.inheritIO().start());
  }

  /** Gives a process the class path of this one. */
  public static void withClassPath(ProcessBuilder builder) {
    // By the environment, as the launcher does.
    builder
        .environment()
        .put(
            "CLASSPATH",
            Optional.ofNullable(System.getProperty("surefire.test.class.path"))
                .orElseGet(() -> System.getProperty("java.class.path")));
  }

  /** As a power cut would: nothing is closed. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** As a machine that is suspended: everything stands still, and nothing is closed. */
  void freeze() throws Exception {
    signal("-STOP");
  }

  /** It goes on where it stood. */
  void thaw() throws Exception {
    signal("-CONT");
  }

  private void signal(String signal) throws Exception {
    Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill " + signal + " failed");
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
