package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClosersTest {
  private final List<String> closed = new CopyOnWriteArrayList<>();
  private final Closers closers = new Closers();

  @Test
  void closesInTheReverseOrderWhateverFails() {
    closers.add(() -> closed.add("first"));
    closers.add(
        () -> {
          throw new IllegalStateException("broken");
        });
    closers.add(() -> closed.add("last"));

    closers.closeWithin(Duration.ofSeconds(30));

    assertThat(closed).containsExactly("last", "first");
  }

  @Test
  void closesWhatIsBehindAPartThatDoesNotEnd() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    closers.add(() -> closed.add("behind"));
    closers.add(
        () -> {
          try {
            Thread.sleep(Duration.ofMinutes(10).toMillis());
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
        });

    closers.closeWithin(Duration.ofSeconds(3));

    assertThat(closed).containsExactly("behind");
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).as("interrupted").isTrue();
  }

  @Test
  void givesPartsTheirTimeThoughTheCallerIsInterrupted() {
    closers.add(
        () -> {
          Thread.sleep(200);
          closed.add("slow");
        });
    Thread.currentThread().interrupt();

    closers.closeWithin(Duration.ofSeconds(30));

    assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    assertThat(closed).containsExactly("slow");
  }
}
