package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.cli.Magsd;
import org.magsd.inference.stream.JavaProcess;

/** An {@link Error} while the service starts, as where a native library cannot be loaded. */
@Timeout(240)
class BrokenInstallationIT {
  @TempDir Path folder;

  @Test
  void endsTheProcessThoughABrokerHasBeenStarted() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("magsd.yaml"),
            """
            kafka: {embedded-folder: "%1$s/kafka", blob-folder: "%1$s/blobs"}
            inference: {model: "%2$s", device: cpu, state-folder: "%1$s/state"}
            http: {port: 0}
            """
                .formatted(
                    folder, Path.of("..", "config", "models", "magsd-r18-cxr3").toRealPath()));
    Path said = folder.resolve("said");
    Process process =
        started(
            said,
            "-Donnxruntime.native.path=" + Files.createDirectory(folder.resolve("no-library")),
            Magsd.class.getName(),
            "run",
            "--only=inference",
            "--config=" + config);
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("has ended").isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(process.exitValue()).isNotZero();
    assertThat(Files.readString(said)).contains("ExceptionInInitializerError");
    assertThat(folder.resolve("kafka")).as("data of the broker").isNotEmptyDirectory();
  }

  private static Process started(Path said, String... arguments) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    builder.command().add("-XX:TieredStopAtLevel=1");
    builder.command().addAll(List.of(arguments));
    JavaProcess.withClassPath(builder);
    return builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
  }
}
