package org.magsd.ingest.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Gives a reader damaged copies of what it can read, from a fixed seed: nothing but the declared
 * exception may come out of it, and no case may take more than a second of processor time (a busy
 * machine is not the reader's fault) or allocate more than so many bytes (all it allocates, freed
 * or not).
 */
public final class Fuzz {
  private static final long MAX_NANOS = 1_000_000_000L;
  private static final int MOST_FAILURES = 20;

  private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final List<String> failures = new ArrayList<>();
  private final Class<? extends Exception> declared;
  private final long maxBytes;
  private int taken;
  private int refused;

  /**
   * @param declared what a reader may throw
   * @param maxBytes that a case may allocate
   */
  public Fuzz(Class<? extends Exception> declared, long maxBytes) {
    this.declared = declared;
    this.maxBytes = maxBytes;
  }

  /** Reads; what it finds wrong beside exceptions it throws as an {@link AssertionError}. */
  @FunctionalInterface
  public interface Reader {
    void read(byte[] bytes) throws Exception;
  }

  /** Damages a copy. */
  @FunctionalInterface
  public interface Damaging {
    byte[] damaged(byte[] valid, Random random);
  }

  /**
   * Runs through cases, and asserts that none failed and that some were read and some refused:
   * otherwise nothing would have been shown.
   *
   * @param cases of which so many are made as the time allows, a tenth at least
   */
  public void run(
      List<byte[]> valid, Damaging damaging, Reader reader, int cases, Duration time, long seed)
      throws Exception {
    for (int i = 0; i < 3; i++) {
      for (byte[] one : valid) {
        reader.read(one.clone()); // it can read these; and compiling is not reading
      }
    }
    long end = System.nanoTime() + time.toNanos();
    int done = 0;
    while (done < cases
        && (done < cases / 10 || System.nanoTime() < end)
        && failures.size() < MOST_FAILURES) {
      byte[] damaged = damaging.damaged(valid.get(done % valid.size()), new Random(seed + done));
      check(damaged, reader, "copy of " + done % valid.size() + ", seed " + (seed + done));
      done++;
    }
    System.err.printf("%d damaged copies: %d read, %d refused%n", done, taken, refused);
    assertThat(failures).isEmpty();
    assertThat(taken).as("read").isPositive();
    assertThat(refused).as("refused").isPositive();
  }

  private void check(byte[] damaged, Reader reader, String name) {
    long allocated = thread.getCurrentThreadAllocatedBytes();
    long start = thread.getCurrentThreadCpuTime();
    read(damaged, reader, name);
    long nanos = thread.getCurrentThreadCpuTime() - start;
    allocated = thread.getCurrentThreadAllocatedBytes() - allocated;
    if (nanos > MAX_NANOS || allocated > maxBytes) {
      failures.add(name + ": " + nanos / 1_000_000 + " ms, " + (allocated >> 10) + " kB");
    }
  }

  private void read(byte[] damaged, Reader reader, String name) {
    try {
      reader.read(damaged);
      taken++;
    } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError thrown) {
      if (declared.isInstance(thrown)) {
        assertThat(thrown.getMessage()).isNotBlank();
        refused++;
      } else {
        failures.add(name + ": " + thrown + " at " + Arrays.toString(head(thrown)));
      }
    }
  }

  private static StackTraceElement[] head(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    return Arrays.copyOf(trace, Math.min(6, trace.length));
  }
}
