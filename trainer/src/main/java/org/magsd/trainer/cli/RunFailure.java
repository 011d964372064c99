package org.magsd.trainer.cli;

import ai.djl.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.magsd.inference.UserError;

/** Says in one line what a run lacked: memory, the heap's or the engine's, or a place to write. */
final class RunFailure {
  /** How the engine says that it got no memory, on CPU and on CUDA. */
  private static final Pattern NATIVE_MEMORY =
      Pattern.compile("not enough memory|can't allocate memory|out of memory");

  private RunFailure() {}

  /** What a command does. */
  @FunctionalInterface
  interface Work {
    int call() throws IOException, InterruptedException;
  }

  /**
   * Does the work.
   *
   * @param out where its state is kept
   * @throws UserError if memory or the disk runs out, or a file cannot be read or written
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
    } catch (IOException e) {
      throw new UserError(reason(out, e) + "; " + kept(out), e);
    } catch (UncheckedIOException e) {
      throw new UserError(reason(out, e.getCause()) + "; " + kept(out), e);
    }
  }

  private static String reason(Path out, IOException e) {
    String file = e instanceof FileSystemException f && f.getFile() != null ? f.getFile() : "";
    String why = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    String kind = e.getClass().getSimpleName().replace("Exception", "");
    return (file.isEmpty() ? out.toString() : file) + ": " + (why == null ? kind : why);
  }

  private static String kept(Path out) {
    return "the state of the last epoch, if there was one, is kept in " + out;
  }

  private static UserError error(Path out, Throwable cause) {
    return new UserError(
        "out of memory: a smaller batch or size in the configuration, or more with"
            + " MAGSD_JAVA_OPTS=-Xmx, may help; "
            + kept(out),
        cause);
  }
}
