package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FairShareTest {
  /** Tasks that always want more, looked after in their order, and films done in theirs. */
  private static final class Busy {
    private final FairShare shares;
    private final boolean urgent;
    private final int[] begun;
    private final int[] underWay;
    private final Deque<Runnable> films = new ArrayDeque<>();
    private int free;

    Busy(int tasks, int places, boolean urgent) {
      this.shares = new FairShare(places);
      this.urgent = urgent;
      this.begun = new int[tasks];
      this.underWay = new int[tasks];
      this.free = urgent ? 2 * places : places;
    }

    void look(int task) {
      while (shares.admits(task(task), urgent, free)) {
        CompletableFuture<Void> film = new CompletableFuture<>();
        shares.begun(task(task), urgent, film);
        free--;
        begun[task]++;
        underWay[task]++;
        films.add(
            () -> {
              film.complete(null);
              free++;
              underWay[task]--;
            });
      }
      shares.wants(task(task), urgent ? FairShare.Want.URGENT : FairShare.Want.ROUTINE);
    }

    void lookAtAll() {
      IntStream.range(0, begun.length).forEach(this::look);
    }

    void finish(int count) {
      for (int film = 0; film < count && !films.isEmpty(); film++) {
        films.remove().run();
      }
    }
  }

  private static TaskId task(int number) {
    return new TaskId(0, number);
  }

  @ParameterizedTest
  @CsvSource({
    "8, 32, false, 1",
    "8, 32, false, 32",
    "8, 32, true, 3",
    "5, 8, false, 1",
    "5, 8, false, 8",
    "17, 32, false, 5",
    "8, 4, false, 1",
    "8, 4, false, 4",
    "64, 32, true, 7",
    "3, 1, false, 1"
  })
  void allAdvanceAlike(int tasks, int places, boolean urgent, int doneBetweenLooks) {
    Busy busy = new Busy(tasks, places, urgent);
    busy.lookAtAll(); // the first has all
    for (int round = 0; round < 10 * places; round++) {
      busy.finish(1);
      busy.lookAtAll();
    }
    int[] before = busy.begun.clone();

    for (int round = 0; round < 100 * tasks; round++) {
      busy.finish(doneBetweenLooks);
      busy.lookAtAll();
    }

    int[] since = IntStream.range(0, tasks).map(task -> busy.begun[task] - before[task]).toArray();
    int least = IntStream.of(since).min().orElseThrow();
    assertThat(least).isPositive();
    assertThat(IntStream.of(since).max().orElseThrow())
        .as("most in %s", Arrays.toString(since))
        .isLessThanOrEqualTo(least + least / 6 + 2);
    assertThat(busy.free).as("places that nobody has").isZero();
  }

  @Test
  void oneAloneHasAllPlacesAndKeepsNoneThatOthersWant() {
    Busy busy = new Busy(4, 12, false);
    busy.look(0);
    assertThat(busy.underWay).containsExactly(12, 0, 0, 0);

    busy.look(1);
    busy.look(2);
    busy.look(3);
    busy.finish(9);
    busy.lookAtAll();
    assertThat(busy.underWay).containsExactly(3, 3, 3, 3);
  }

  @Test
  void aTaskThatWantsNothingKeepsNobodyOut() {
    Busy busy = new Busy(2, 4, false);
    busy.look(0);
    busy.look(1);
    busy.shares.wants(task(1), FairShare.Want.NOTHING);
    busy.finish(4);
    busy.look(0);
    assertThat(busy.underWay).containsExactly(4, 0);

    busy.shares.wants(task(1), FairShare.Want.ROUTINE);
    busy.shares.ends(task(1));
    busy.finish(4);
    busy.look(0);
    assertThat(busy.underWay).containsExactly(4, 0);
  }

  @Test
  void backlogsOfRoutineFilmsTakeNothingFromUrgentOnes() {
    Busy busy = new Busy(4, 8, false);
    busy.look(0);
    busy.look(1);
    busy.look(2);

    assertThat(busy.shares.admits(task(3), true, 8)).isTrue();
    for (int film = 0; film < 15; film++) {
      busy.shares.begun(task(3), true, new CompletableFuture<>());
    }
    assertThat(busy.shares.admits(task(3), true, 1)).isTrue();
    assertThat(busy.shares.admits(task(3), true, 0)).isFalse();
  }

  @Test
  void aTasksOwnRoutineFilmsTakeNothingFromItsUrgentOnes() {
    FairShare shares = new FairShare(8);
    for (int film = 0; film < 8; film++) {
      shares.begun(task(0), false, new CompletableFuture<>());
    }
    for (int film = 0; film < 4; film++) {
      shares.begun(task(1), true, new CompletableFuture<>());
    }
    shares.wants(task(0), FairShare.Want.URGENT);
    shares.wants(task(1), FairShare.Want.URGENT);

    assertThat(shares.admits(task(0), true, 1)).isTrue();
  }
}
