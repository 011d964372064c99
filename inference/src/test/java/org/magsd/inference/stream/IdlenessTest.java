package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class IdlenessTest {
  private static final Unfinished.Film FILM = new Unfinished.Film("1.1", false, 1_000);

  private final Idleness idleness = new Idleness(() -> false);
  private final StudiesUnderWay own = new StudiesUnderWay();
  private final StudiesUnderWay others = new StudiesUnderWay();

  @Test
  void filmsOfOtherThreadsKeepOneFromNothing() {
    idleness.begin(own);
    CompletableFuture.runAsync(() -> idleness.begin(others), task -> new Thread(task).start())
        .join();

    others.add(FILM);

    assertThat(idleness.ofThread()).isTrue();
    assertThat(idleness.ofAll()).isFalse();
  }

  @Test
  void filmsOfAnyTaskOfTheThreadCount() {
    idleness.begin(own);
    idleness.begin(others);

    others.add(FILM);
    assertThat(idleness.ofThread()).isFalse();

    idleness.end(others);
    assertThat(idleness.ofThread()).isTrue();
  }
}
