package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SessionSettingsTest {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  @Test
  void asManyBatchesRunBesideEachOtherAsCoresAreLeftFor() {
    SessionSettings single = SessionSettings.DEFAULT.withThreads(1);

    assertThat(single.cpuThreads()).isOne();
    assertThat(single.batchesBesideEachOther()).isEqualTo(CORES);
    assertThat(SessionSettings.DEFAULT.cpuThreads()).isEqualTo(CORES);
    assertThat(SessionSettings.DEFAULT.batchesBesideEachOther()).isOne();
  }

  /** Also one that has come from a GPU, or is opened anew with what a single lane may have. */
  @Test
  void onOneCoreNeitherBatchesNorThreadsAreMore() {
    for (int threads : new int[] {0, 1, 4}) {
      SessionSettings one =
          SessionSettings.DEFAULT.onOneCore().withThreads(threads).on(Processor.CPU);

      assertThat(one.cpuThreads()).isOne();
      assertThat(one.batchesBesideEachOther()).isOne();
    }
  }
}
