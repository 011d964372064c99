package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class NextLooksTest {
  private static final TopicPartition FIRST = new TopicPartition("dicom.instances", 0);
  private static final TopicPartition SECOND = new TopicPartition("dicom.instances", 1);
  private static final Duration PATIENCE = Duration.ofMillis(100);

  private final NextLooks looks = new NextLooks();

  @Test
  void aConsumerWaitsForTheEarliestOfItsPartitionsAndNoLonger() {
    looks.at(FIRST, 1_030);
    looks.at(SECOND, 1_020);

    assertThat(limit(1_000)).isEqualTo(Duration.ofMillis(20));
    assertThat(looks.limit(PATIENCE, List.of(FIRST), 1_000)).isEqualTo(Duration.ofMillis(30));
  }

  @Test
  void whatIsDueOrFarOffChangesNoBoundOfTheWait() {
    looks.at(FIRST, 900);
    assertThat(limit(1_000)).isEqualTo(Duration.ofMillis(1));

    looks.at(FIRST, 5_000);
    assertThat(limit(1_000)).isEqualTo(PATIENCE);
  }

  @Test
  void withNothingToLookAtItWaitsAsLongAsItWould() {
    assertThat(limit(1_000)).isEqualTo(PATIENCE);

    looks.at(FIRST, 1_010);
    looks.at(FIRST, Long.MAX_VALUE);
    assertThat(limit(1_000)).isEqualTo(PATIENCE);
  }

  @Test
  void aConsumerThatWouldNotWaitDoesNot() {
    looks.at(FIRST, 1_010);

    assertThat(looks.limit(Duration.ZERO, List.of(FIRST), 1_000)).isZero();
  }

  private Duration limit(long now) {
    return looks.limit(PATIENCE, List.of(FIRST, SECOND), now);
  }
}
