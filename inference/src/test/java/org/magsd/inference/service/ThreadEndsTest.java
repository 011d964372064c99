package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThreadEndsTest {
  private final AtomicLong now = new AtomicLong(System.nanoTime());
  private final ThreadEnds ends = new ThreadEnds(2, Duration.ofSeconds(60), now::get);

  @Test
  void moreThanTwoForEachThreadSoonAfterEachOtherAreTrouble() {
    for (int end = 1; end <= 4; end++) {
      note(59);
      assertThat(ends.trouble()).isEmpty();
    }
    note(59);

    assertThat(ends.trouble())
        .contains("5 stream threads ended one after the other, the last by Fault");
  }

  @Test
  void theTroubleIsOverOnceNoneHasEndedForAWhile() {
    for (int end = 1; end <= 5; end++) {
      note(1);
    }
    assertThat(ends.trouble()).isPresent();

    now.addAndGet(Duration.ofSeconds(61).toNanos());

    assertThat(ends.trouble()).isEmpty();
    note(0);
    assertThat(ends.trouble()).isEmpty();
  }

  @Test
  void oneNowAndThenIsNone() {
    for (int end = 1; end <= 100; end++) {
      note(61);
      assertThat(ends.trouble()).isEmpty();
    }
  }

  private void note(int secondsLater) {
    now.addAndGet(Duration.ofSeconds(secondsLater).toNanos());
    ends.note("Fault");
  }
}
