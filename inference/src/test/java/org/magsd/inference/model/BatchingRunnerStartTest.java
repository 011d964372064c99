package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchingRunnerStartTest {
  @Test
  void leavesNoLaneBehindWhereItCannotStartThemAll() throws Exception {
    ThreadGroup threads = new ThreadGroup("a runner's");
    ThirdThreadFails starter =
        new ThirdThreadFails(threads, () -> new BatchingRunner(BatchSettings.DEFAULT, 2, s -> {}));

    starter.start();

    await().until(() -> threads.activeCount() == 0);
    assertThat(starter.failure).isInstanceOf(OutOfMemoryError.class);
  }

  /** A thread's class loader is asked for by those that it makes: here the watch and the lanes. */
  private static final class ThirdThreadFails extends Thread {
    private final AtomicInteger made = new AtomicInteger();
    private volatile Throwable failure;

    ThirdThreadFails(ThreadGroup group, Runnable task) {
      super(group, task);
      setUncaughtExceptionHandler((thread, thrown) -> failure = thrown);
    }

    @Override
    public ClassLoader getContextClassLoader() {
      if (currentThread() == this && made.incrementAndGet() == 3) {
        throw new OutOfMemoryError("unable to create native thread");
      }
      return super.getContextClassLoader();
    }
  }
}
