package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class RestedTest {
  private static final TopicPartition ONE = new TopicPartition("dicom.instances", 0);
  private static final TopicPartition OTHER = new TopicPartition("dicom.instances", 1);
  private static final Set<TopicPartition> BOTH = Set.of(ONE, OTHER);

  private final Rested rested = new Rested();

  @Test
  void areThoseThatArePausedAndNoOthers() {
    rested.asking(BOTH, Set.of(ONE), 10_000);

    assertThat(rested.contains(ONE, 60_000)).isTrue();
    assertThat(rested.contains(OTHER, 10_000)).isFalse();
  }

  @Test
  void areAsAllOthersOnceABrokerHasHadTimeToAnswer() {
    rested.asking(BOTH, Set.of(ONE), 10_000);
    rested.asking(BOTH, Set.of(), 20_000);
    rested.asking(BOTH, Set.of(), 20_500);

    assertThat(rested.contains(ONE, 20_999)).isTrue();
    assertThat(rested.contains(ONE, 21_000)).isFalse();
  }

  @Test
  void restAgainWhenTheyArePausedAgain() {
    rested.asking(BOTH, Set.of(ONE), 10_000);
    rested.asking(BOTH, Set.of(), 11_000);
    rested.asking(BOTH, Set.of(ONE), 11_500);

    assertThat(rested.contains(ONE, 30_000)).isTrue();
  }

  @Test
  void areForgottenWithTheirAssignment() {
    rested.asking(BOTH, Set.of(ONE), 10_000);
    rested.asking(Set.of(OTHER), Set.of(), 11_000);

    assertThat(rested.contains(ONE, 11_001)).isFalse();
  }
}
