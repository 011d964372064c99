package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.cli.Magsd;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.Films;

/** A training process is killed and told to end, and what comes out is what would have anyway. */
class ResumeIT {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  private static final String CONFIG =
      """
      name: resumed
      classes:
        - {name: a, display: A, finding: true, snomed: "233604007", snomedDisplay: Pneumonia}
        - {name: b, display: B, finding: false, snomed: "281900007", snomedDisplay: Nothing}
      preprocessing: {size: 32}
      network: {maps: 2}
      machine: {threads: 2}
      stages:
        - name: only
          data: [{labels: labels.csv}]
          epochs: 2
          films: 48
          batch: 4
          loss: soft-distance
          average: 0.9
          schedule: {rate: 0.001}
      """;

  @TempDir private Path folder;

  private Process start(String out, String... more) throws IOException {
    return launch(out, command(out, more));
  }

  private List<String> command(String out, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dai.djl.offline=true",
                Magsd.class.getName(),
                "train",
                "--config",
                folder.resolve("train.yaml").toString(),
                "--data",
                folder.resolve("data").toString(),
                "--out",
                folder.resolve(out).toString()));
    command.addAll(List.of(more));
    return command;
  }

  private Process launch(String out, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", classPath());
    return builder.redirectErrorStream(true).redirectOutput(log(out)).start();
  }

  /** The test runner's own, whichever way it was given. */
  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private File log(String out) {
    return folder.resolve(out + ".log").toFile();
  }

  private String said(String out) throws IOException {
    return Files.readString(log(out).toPath(), StandardCharsets.UTF_8);
  }

  private void await(Process process, String out, BooleanSupplier sign) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!sign.getAsBoolean()) {
      assertThat(process.isAlive()).as(said(out)).isTrue();
      assertThat(System.nanoTime()).as("still waiting; %s", said(out)).isLessThan(end);
      Thread.sleep(20);
    }
  }

  private int end(Process process) throws InterruptedException {
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Test
  void aRunThatWasKilledAndInterruptedGivesTheSameModelToTheBit() throws Exception {
    Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    Files.writeString(folder.resolve("train.yaml"), CONFIG);
    Process whole = start("whole");
    assertThat(end(whole)).as(said("whole")).isZero();

    Path state = folder.resolve("parts").resolve("state.safetensors");
    Process killed = start("parts");
    await(killed, "parts", () -> Files.exists(state));
    killed.destroyForcibly();
    end(killed);
    assertThat(said("parts")).contains("epoch 1/2").doesNotContain("epoch 2/2");

    byte[] kept = Files.readAllBytes(state);
    Process interrupted = start("parts", "--resume");
    await(interrupted, "parts", () -> unchecked(() -> said("parts").contains("stage only")));
    Thread.sleep(300);
    interrupted.destroy();
    assertThat(end(interrupted)).as(said("parts")).isNotZero();
    assertThat(said("parts")).contains("interrupted; continue with --resume");
    assertThat(Files.readAllBytes(state)).as("moved on by some batches").isNotEqualTo(kept);

    Process last = start("parts", "--resume");
    assertThat(end(last)).as(said("parts")).isZero();

    for (String file : List.of("resumed/model.onnx", "manifest.json", "metrics.json")) {
      assertThat(digest("parts", file)).as(file).isEqualTo(digest("whole", file));
    }
    assertThat(history("parts")).isEqualTo(history("whole")).hasSize(2);
    try (Stream<Path> files = Files.list(folder.resolve("parts"))) {
      assertThat(files).as("nothing half-written").noneMatch(f -> f.toString().endsWith(".part"));
    }
  }

  /** A limit of 100 MB on the size of files stands for a full disk: the write fails half-way. */
  @Test
  void aStateThatCannotBeWrittenWholeIsNotWrittenAtAll() throws Exception {
    Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    Files.writeString(folder.resolve("train.yaml"), CONFIG);

    List<String> command =
        new ArrayList<>(List.of("bash", "-c", "ulimit -f 100000; exec \"$@\"", "-"));
    command.addAll(command("full"));
    Process process = launch("full", command);

    assertThat(end(process)).as(said("full")).isEqualTo(1);
    assertThat(said("full"))
        .contains("magsd: cannot write", "state.safetensors")
        .doesNotContain("Exception");
    try (Stream<Path> files = Files.list(folder.resolve("full"))) {
      assertThat(files)
          .containsExactlyInAnyOrder(
              folder.resolve("full/manifest.json"), folder.resolve("full/lock"));
    }
  }

  private interface Reading {
    boolean get() throws IOException;
  }

  private static boolean unchecked(Reading reading) {
    try {
      return reading.get();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String digest(String out, String file) throws IOException {
    return Sha256.hex(folder.resolve(out).resolve(file));
  }

  /** Without what a clock says. */
  private List<JsonNode> history(String out) throws IOException {
    List<JsonNode> epochs = new ArrayList<>();
    for (JsonNode epoch :
        new ObjectMapper().readTree(folder.resolve(out).resolve("history.json").toFile())) {
      epochs.add(((ObjectNode) epoch).without(List.of("seconds", "filmsPerSecond", "waitShare")));
    }
    return epochs;
  }
}
