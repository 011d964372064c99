package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RoundsTest {
  private final Deque<Rounds.Round> rounds = new ArrayDeque<>();
  private final List<Throwable> told = new ArrayList<>();

  @Test
  void goOnAfterOneThatFailedUntilOneSaysItWasTheLast() {
    Error error = new OutOfMemoryError("for a moment");
    RuntimeException mistake = new IllegalStateException("a mistake of ours");
    InterruptedException interruption = new InterruptedException();
    rounds.add(() -> true);
    rounds.add(() -> fail(error));
    rounds.add(() -> fail(mistake));
    rounds.add(
        () -> {
          throw interruption;
        });
    rounds.add(() -> false);
    rounds.add(() -> true);

    new Rounds(() -> rounds.remove().run(), told::add).run();

    assertThat(rounds).hasSize(1);
    assertThat(told).containsExactly(error, mistake, interruption);
  }

  @Test
  void areNotEndedByAFailureToTellOfAFailure() {
    Error inTelling = new OutOfMemoryError("still");
    rounds.add(() -> fail(new OutOfMemoryError("for a moment")));
    rounds.add(() -> false);

    new Rounds(
            () -> rounds.remove().run(),
            failure -> {
              told.add(failure);
              if (failure != inTelling) {
                throw inTelling;
              }
            })
        .run();

    assertThat(rounds).isEmpty();
    assertThat(told).hasSize(2).last().isSameAs(inTelling);
  }

  private static boolean fail(RuntimeException failure) {
    throw failure;
  }

  private static boolean fail(Error failure) {
    throw failure;
  }
}
