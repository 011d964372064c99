package org.magsd.trainer.fit;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What a run was made with, so that it can be made again.
 *
 * @param started when
 * @param seconds how long it took, over all resumptions from this start on
 * @param config digest of the configuration's text
 * @param commit of the working tree, if it is one
 * @param versions of the software
 * @param machine processors, memory, operating system
 */
public record RunMetadata(
    Instant started,
    double seconds,
    String config,
    Optional<String> commit,
    Map<String, String> versions,
    Map<String, String> machine) {

  static RunMetadata of(Instant started, String configDigest) throws InterruptedException {
    Runtime runtime = Runtime.getRuntime();
    Map<String, String> machine = new LinkedHashMap<>();
    machine.put("processors", Integer.toString(runtime.availableProcessors()));
    machine.put("heapMebibytes", Long.toString(runtime.maxMemory() >> 20));
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return new RunMetadata(
        started,
        (Instant.now().toEpochMilli() - started.toEpochMilli()) / 1000.0,
        configDigest,
        currentCommit(),
        software(),
        machine);
  }

  /** Versions of what computes. */
  static Map<String, String> software() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("java", System.getProperty("java.version"));
    versions.put("djl", Engine.getDjlVersion());
    versions.put("pytorch", Engine.getEngine("PyTorch").getVersion());
    return versions;
  }

  private static Optional<String> currentCommit() throws InterruptedException {
    try {
      Process git =
          new ProcessBuilder("git", "rev-parse", "HEAD")
              .directory(Path.of("").toAbsolutePath().toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String answer =
          new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      boolean done = git.waitFor(5, TimeUnit.SECONDS) && git.exitValue() == 0;
      return Optional.of(answer).filter(commit -> done && commit.matches("[0-9a-f]{40,64}"));
    } catch (IOException noGit) {
      return Optional.empty();
    }
  }
}
