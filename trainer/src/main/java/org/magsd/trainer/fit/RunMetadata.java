package org.magsd.trainer.fit;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;

/**
 * What a run was made with, so that it can be made again.
 *
 * @param started when
 * @param seconds how long it took, over all sessions of the run
 * @param config digest of the configuration's text
 * @param weights digest of the checkpoint it began with; absent for fresh weights
 * @param commit the software was built from, with {@code -dirty} where files were changed; absent
 *     where it was built outside a git work tree
 * @param versions of the software
 * @param machine processors, memory, operating system
 */
public record RunMetadata(
    Instant started,
    double seconds,
    String config,
    Optional<String> weights,
    Optional<String> commit,
    Map<String, String> versions,
    Map<String, String> machine) {

  private static final String COMMIT = "Magsd-Commit";

  static RunMetadata of(Training.Result run, String configDigest) {
    Runtime runtime = Runtime.getRuntime();
    Map<String, String> machine = new LinkedHashMap<>();
    machine.put("processors", Integer.toString(runtime.availableProcessors()));
    machine.put("heapMebibytes", Long.toString(runtime.maxMemory() >> 20));
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return new RunMetadata(
        run.started(),
        run.seconds(),
        configDigest,
        run.weightsDigest(),
        commitBuilt(),
        software(),
        machine);
  }

  /** Versions of what computes. */
  static Map<String, String> software() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("java", System.getProperty("java.version"));
    versions.put("djl", Engine.getDjlVersion());
    versions.put("pytorch", Engine.getEngine("PyTorch").getVersion());
    onnxRuntime().ifPresent(version -> versions.put("onnxruntime", version));
    return versions;
  }

  /**
   * Version of the runtime that the exported network was compared on. From its jar's manifest:
   * DJL's engine, asked as above, names the version it was built against, whichever there is.
   */
  private static Optional<String> onnxRuntime() {
    ClassLoader loader = Engine.getEngine("OnnxRuntime").getClass().getClassLoader();
    return Optional.ofNullable(loader.getDefinedPackage("ai.onnxruntime"))
        .map(Package::getImplementationVersion);
  }

  private static Optional<String> commitBuilt() {
    try {
      return commit(
          Path.of(RunMetadata.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("the running jar cannot be read", e);
    }
  }

  /** From a jar's manifest, into which the build writes it; absent for a folder of classes. */
  static Optional<String> commit(Path code) throws IOException {
    if (Files.isDirectory(code)) {
      return Optional.empty();
    }
    try (JarFile jar = new JarFile(code.toFile())) {
      return Optional.ofNullable(jar.getManifest())
          .map(manifest -> manifest.getMainAttributes().getValue(COMMIT))
          .filter(commit -> commit.matches("[0-9a-f]{40,64}(-dirty)?"));
    }
  }
}
