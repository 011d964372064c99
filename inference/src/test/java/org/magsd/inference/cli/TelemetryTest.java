package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.stream.JavaProcess;

/**
 * ONNX Runtime keeps what it reports in files until it is sent, and such a runtime crashes on
 * loading in a process with a long command line.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the files are where Linux has them")
@Timeout(120)
class TelemetryTest {
  private static final Path SHIPPED = Path.of("..", "config", "models", "magsd-r18-cxr3");
  private static final Path FILM = Path.of("..", "config", "samples", "01-explicit-8bit.dcm");

  @TempDir Path folder;

  @Test
  void leavesNothingToBeReported() throws Exception {
    assertThat(classify(1)).contains("\"outcome\":\"assessed\"");

    try (Stream<Path> left = Files.walk(folder)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .noneMatch(name -> name.startsWith("mat-") || name.contains("Microsoft"));
    }
  }

  @Test
  void takesALongCommandLine() throws Exception {
    assertThat(classify(200)).contains("\"outcome\":\"assessed\"");
  }

  private String classify(int films) throws Exception {
    Path said = folder.resolve("said");
    Path temporary = Files.createDirectories(folder.resolve("tmp"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx512m", "-Djava.io.tmpdir=" + temporary, "-Djava.awt.headless=true"));
    command.addAll(List.of(Magsd.class.getName(), "classify", "--model", SHIPPED.toString()));
    command.addAll(Collections.nCopies(films, FILM.toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    JavaProcess.withClassPath(builder);
    builder.environment().put("TMPDIR", temporary.toString());
    builder.environment().put("HOME", Files.createDirectories(folder.resolve("home")).toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("ORT_") || name.equals("CI"));
    Process process = builder.redirectOutput(said.toFile()).start();
    assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("has ended").isTrue();
    assertThat(process.exitValue()).isZero();
    return Files.readString(said);
  }
}
