package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchdogTest {
  @Test
  void looksAgainAfterARoundThatFailed() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    CountDownLatch closed = new CountDownLatch(1);
    Closeable stalled =
        () -> {
          if (tries.incrementAndGet() == 1) {
            throw new OutOfMemoryError("for a moment");
          }
          closed.countDown();
        };
    try (Watchdog watchdog = new Watchdog("test")) {
      watchdog.guard(stalled, Duration.ZERO, "answer", () -> await(closed));
    }

    assertThat(closed.getCount()).isZero();
  }

  private static void await(CountDownLatch closed) {
    try {
      assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
