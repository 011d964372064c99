package org.magsd.trainer.net;

import ai.djl.engine.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.magsd.inference.ProcessEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PyTorch, as DJL has it, with what must be settled before its library is loaded.
 *
 * <p>On processors its convolutions are oneDNN's. Where a processor does not tell the sizes of its
 * caches, as some virtual machines of AMD processors do not, oneDNN 3.7 plans for caches of one
 * byte: 1 x 1 convolutions come out wrong in some places without a word, and others end the process
 * by a division by zero. Its kernels for AVX, which plan otherwise, are right.
 */
public final class TrainingEngine {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingEngine.class);
  private static final String LIMIT = "ONEDNN_MAX_CPU_ISA";
  private static final String OLD_LIMIT = "DNNL_MAX_CPU_ISA";

  /** Linux asks the processor as oneDNN does, and shows what it was told here. */
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  static {
    limit(System.getProperty("os.name"), System.getProperty("os.arch"), CACHES, System.getenv())
        .ifPresent(
            value -> {
              ProcessEnvironment.set(LIMIT, value, "keep oneDNN from computing wrongly");
              LOG.warn(
                  "this processor does not tell the sizes of its caches, without which oneDNN"
                      + " computes wrongly; training on it uses {} only and is slower",
                  value);
            });
  }

  private TrainingEngine() {}

  /** The engine. */
  public static Engine get() {
    return Engine.getEngine("PyTorch");
  }

  /**
   * The instructions that oneDNN must be limited to, if any.
   *
   * @param caches folder in which Linux describes a processor's caches
   */
  static Optional<String> limit(
      String system, String architecture, Path caches, Map<String, String> environment) {
    boolean told = Files.exists(caches.resolve("index0"));
    boolean decided = environment.containsKey(LIMIT) || environment.containsKey(OLD_LIMIT);
    return system.equals("Linux") && architecture.equals("amd64") && !told && !decided
        ? Optional.of("AVX")
        : Optional.empty();
  }
}
