package org.magsd.trainer.cli;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and the service manager's stop, while it is open: lets the running film or batch end and
 * the state be kept before the process goes.
 */
final class Interruption implements BooleanSupplier, AutoCloseable {
  /** How long an interrupted run may take to keep its state: a batch and a large file. */
  private static final long PARTING_SECONDS = 120;

  private final String remedy;
  private final PrintStream said;
  private final long patience;
  private final AtomicBoolean asked = new AtomicBoolean();
  private final CountDownLatch parted = new CountDownLatch(1);
  private final Thread hook = new Thread(this::part, "interrupt");

  /**
   * @param remedy how to go on where the run does not stop in time
   */
  Interruption(String remedy) {
    this(remedy, System.err, PARTING_SECONDS);
  }

  /**
   * @param remedy how to go on where the run does not stop in time
   * @param said told so then
   * @param patience seconds until then
   */
  Interruption(String remedy, PrintStream said, long patience) {
    this.remedy = remedy;
    this.said = said;
    this.patience = patience;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether to stop. */
  @Override
  public boolean getAsBoolean() {
    return asked.get();
  }

  void part() {
    asked.set(true);
    try {
      if (!parted.await(patience, TimeUnit.SECONDS)) {
        said.println(
            "not stopped in time: what was learnt since the state was last kept is lost; "
                + remedy);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    parted.countDown();
    if (!asked.get()) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }
}
