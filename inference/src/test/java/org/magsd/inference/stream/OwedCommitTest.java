package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OwedCommitTest {
  private static final long NOW = 1_000;
  private static final long LATER = NOW + OwedCommit.OTHER_THREADS_MILLIS;

  private final OwedCommit owed = new OwedCommit();

  @Test
  void isDueOnceNobodyHasAnythingToDo() {
    assertThat(due(NOW, true, true)).isFalse();

    owed.outcome();

    assertThat(due(NOW, false, false)).isFalse();
    assertThat(due(NOW, true, true)).isTrue();
  }

  @Test
  void aReportWaitsShortlyForFilmsOfOtherThreads() {
    owed.report(NOW);
    owed.report(NOW + 1);

    assertThat(due(LATER - 1, false, true)).isFalse();
    assertThat(due(LATER, false, true)).isTrue();
  }

  @Test
  void whileTheThreadHasFilmsTheIntervalDecides() {
    owed.report(NOW);

    assertThat(due(LATER + 100_000, false, false)).isFalse();
  }

  @Test
  void anOutcomeAloneWaitsForFilmsOfOtherThreads() {
    owed.outcome();

    assertThat(due(LATER + 100_000, false, true)).isFalse();
  }

  @Test
  void isOwedOnce() {
    owed.report(NOW);
    owed.paid();

    assertThat(owed.isOwed()).isFalse();
    assertThat(due(LATER, true, true)).isFalse();

    owed.outcome();
    assertThat(due(LATER, false, true)).isFalse();
  }

  private boolean due(long now, boolean idle, boolean threadIdle) {
    return owed.isDue(now, () -> idle, () -> threadIdle);
  }
}
