package org.magsd.trainer.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and the service manager's stop, while it is open: lets the running batch end and the state
 * be kept before the process goes.
 */
final class Interruption implements BooleanSupplier, AutoCloseable {
  /** How long an interrupted run may take to keep its state: a batch and a large file. */
  private static final long PARTING_SECONDS = 120;

  private final AtomicBoolean asked = new AtomicBoolean();
  private final CountDownLatch parted = new CountDownLatch(1);
  private final Thread hook = new Thread(this::part, "interrupt");

  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether to stop. */
  @Override
  public boolean getAsBoolean() {
    return asked.get();
  }

  private void part() {
    asked.set(true);
    try {
      if (!parted.await(PARTING_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("the state could not be kept in time; that of the last epoch is");
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
