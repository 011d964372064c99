package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.stream.FilmWorkers.Step;

@Timeout(60)
class FilmWorkersTest {
  private final List<String> done = Collections.synchronizedList(new ArrayList<>());

  @Test
  void anUrgentFilmOvertakesAsManyFilmsAsItsHeadStartSays() throws Exception {
    int routine = BatchSettings.URGENT_HEAD_START + 100;
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(routine + 1);
    try (FilmWorkers workers = new FilmWorkers(1)) {
      // Given a worker that is busy while films come, each of which has several steps
      workers.run(Step.FINISH, false, () -> await(held));
      for (int film = 0; film < routine; film++) {
        String name = "routine " + film;
        workers.run(Step.READ_HEADER, false, () -> {});
        workers.run(Step.DECODE, false, () -> note(name, finished));
        workers.run(Step.FINISH, false, () -> {});
      }
      workers.run(Step.DECODE, true, () -> note("urgent", finished));

      held.countDown();
      assertThat(finished.await(50, TimeUnit.SECONDS)).isTrue();
    }

    assertThat(done.indexOf("urgent")).isBetween(99, 101);
  }

  @Test
  void aFilmThatTakesTooLongHoldsUpNoneThoughNobodyCanBeTold() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);
    try (FilmWorkers workers = new FilmWorkers(1)) {
      workers.run(
          Step.DECODE,
          false,
          () -> {
            FilmWorkers.Watch watch =
                workers.watch(
                    Duration.ofMillis(10),
                    () -> {
                      throw new OutOfMemoryError("for a moment");
                    });
            await(never);
            watch.close();
          });
      workers.run(Step.DECODE, false, () -> note("next", finished));

      assertThat(finished.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void note(String name, CountDownLatch finished) {
    done.add(name);
    finished.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
