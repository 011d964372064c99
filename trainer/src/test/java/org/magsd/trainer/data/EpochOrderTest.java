package org.magsd.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpochOrderTest {
  /** 90 films of class 0 (81 of source a, 9 of b), 10 of class 1. */
  private static List<Sample> films() {
    List<Sample> films = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      films.add(Films.sample("f" + i, i < 90 ? 0 : 1, i < 81 ? "a" : "b", "p" + i, ""));
    }
    return films;
  }

  @Test
  void showsEachFilmOnceWithoutBalance() {
    int[] order = new EpochOrder(films(), Balance.NONE, 100, 1).epoch(0);

    Arrays.sort(order);
    assertThat(order).containsExactly(IntStream.range(0, 100).toArray());
  }

  @Test
  void showsEachClassEquallyOften() {
    int[] order = new EpochOrder(films(), Balance.CLASS, 100, 1).epoch(0);

    assertThat(Arrays.stream(order).filter(i -> i >= 90).count()).isEqualTo(50);
  }

  @Test
  void showsSourcesOfAClassByTheRootOfTheirSize() {
    int[] order = new EpochOrder(films(), Balance.CLASS_AND_SOURCE, 240, 1).epoch(0);

    // Class 0: sqrt(81) : sqrt(9) = 9 : 3 of 120.
    assertThat(Arrays.stream(order).filter(i -> i < 81).count()).isBetween(89L, 91L);
    assertThat(Arrays.stream(order).filter(i -> i >= 81 && i < 90).count()).isBetween(29L, 31L);
    assertThat(Arrays.stream(order).filter(i -> i >= 90).count()).isBetween(119L, 121L);
  }

  @Test
  void dependsOnSeedAndEpochAlone() {
    EpochOrder order = new EpochOrder(films(), Balance.CLASS, 100, 1);
    int[] third = order.epoch(3);

    assertThat(new EpochOrder(films(), Balance.CLASS, 100, 1).epoch(3)).isEqualTo(third);
    assertThat(order.epoch(4)).isNotEqualTo(third);
    assertThat(new EpochOrder(films(), Balance.CLASS, 100, 2).epoch(3)).isNotEqualTo(third);
  }
}
