package org.magsd.trainer.net;

import ai.djl.engine.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.magsd.inference.ProcessEnvironment;
import org.magsd.inference.model.CpuInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PyTorch, as DJL has it, with what must be settled before its library is loaded.
 *
 * <p>On processors its convolutions are oneDNN's. Where a processor does not tell the sizes of its
 * caches, as some virtual machines of AMD processors do not, oneDNN 3.7 plans with wrong ones: 1 x
 * 1 convolutions come out wrong in some places without a word, and others end the process by a
 * division by zero. Its kernels for AVX, which are planned otherwise, are right.
 */
public final class TrainingEngine {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingEngine.class);
  private static final String LIMIT = "ONEDNN_MAX_CPU_ISA";
  private static final String OLD_LIMIT = "DNNL_MAX_CPU_ISA";

  /** Linux shows here what the processor told it. */
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  /** Without it Linux asks an AMD processor in an older way than oneDNN does. */
  private static final String ASKED_ALIKE = "topoext";

  private static final AtomicBoolean SETTLED = new AtomicBoolean();

  private TrainingEngine() {}

  /**
   * The engine.
   *
   * @throws org.magsd.inference.UserError if it must be limited, and cannot be from here
   */
  public static synchronized Engine get() {
    if (!SETTLED.get()) {
      limit(
              System.getProperty("os.name"),
              System.getProperty("os.arch"),
              CACHES,
              CpuInfo.get(),
              System.getenv())
          .ifPresent(TrainingEngine::limitTo);
      SETTLED.set(true);
    }
    return Engine.getEngine("PyTorch");
  }

  private static void limitTo(String instructions) {
    ProcessEnvironment.set(LIMIT, instructions, "keep oneDNN from computing wrongly");
    LOG.warn(
        "the sizes of this processor's caches are not told, without which oneDNN computes wrongly;"
            + " convolutions on it use {} only and are slower",
        instructions);
  }

  /**
   * The instructions that oneDNN must be limited to, if any.
   *
   * @param caches folder in which Linux describes a processor's caches
   */
  static Optional<String> limit(
      String system,
      String architecture,
      Path caches,
      CpuInfo cpu,
      Map<String, String> environment) {
    boolean amd = cpu.name().filter(name -> name.contains("AMD")).isPresent();
    boolean told =
        Files.exists(caches.resolve("index0")) && !(amd && !cpu.flags().contains(ASKED_ALIKE));
    boolean decided = environment.containsKey(LIMIT) || environment.containsKey(OLD_LIMIT);
    return system.equals("Linux") && architecture.equals("amd64") && !told && !decided
        ? Optional.of("AVX")
        : Optional.empty();
  }
}
