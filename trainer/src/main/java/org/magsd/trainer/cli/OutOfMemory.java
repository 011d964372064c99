package org.magsd.trainer.cli;

import ai.djl.engine.EngineException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.magsd.inference.UserError;

/** Says in one line that memory ran out, the heap's or the engine's. */
final class OutOfMemory {
  /** How the engine says that it got no memory, on CPU and on CUDA. */
  private static final Pattern NATIVE_MEMORY =
      Pattern.compile("not enough memory|can't allocate memory|out of memory");

  private OutOfMemory() {}

  /** What a command does. */
  @FunctionalInterface
  interface Work {
    int call() throws IOException, InterruptedException;
  }

  /**
   * Does the work.
   *
   * @param out where its state is kept
   * @throws UserError if memory runs out
   */
  static int told(Path out, Work work) throws IOException, InterruptedException {
    try {
      return work.call();
    } catch (OutOfMemoryError e) {
      throw error(out, e);
    } catch (EngineException e) {
      if (NATIVE_MEMORY.matcher(String.valueOf(e.getMessage())).find()) {
        throw error(out, e);
      }
      throw e;
    }
  }

  private static UserError error(Path out, Throwable cause) {
    return new UserError(
        "out of memory: a smaller batch or size in the configuration, or more with"
            + " MAGSD_JAVA_OPTS=-Xmx, may help; the state of the last epoch, if there was one, is"
            + " kept in "
            + out,
        cause);
  }
}
