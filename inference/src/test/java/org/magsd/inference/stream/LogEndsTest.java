package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class LogEndsTest {
  private static final TopicPartition PARTITION = new TopicPartition("dicom.instances", 3);
  private static final OptionalLong NOTHING_LEFT = OptionalLong.of(0);

  private final LogEnds ends = new LogEnds();

  @Test
  void theEndIsReachedByWhoHasTakenAllThatWasReturned() {
    ends.returned(PARTITION, 42, 1_000);
    ends.asked(PARTITION, 5_000, NOTHING_LEFT);

    assertThat(ends.reached(PARTITION, 41, false)).isEmpty();
    assertThat(ends.reached(PARTITION, 42, false)).hasValue(5_000);
  }

  @Test
  void theEndIsNotReachedWhileMoreIsThereOrMayBe() {
    ends.returned(PARTITION, 42, 1_000);
    ends.asked(PARTITION, 5_000, OptionalLong.of(1));
    assertThat(ends.reached(PARTITION, 42, false)).isEmpty();

    ends.asked(PARTITION, 6_000, OptionalLong.empty());
    assertThat(ends.reached(PARTITION, 42, false)).isEmpty();
  }

  @Test
  void whoWaitedInVainSawTheEndUntilAMomentBeforeGivingUp() {
    ends.returned(PARTITION, 42, 1_000);

    ends.waited(PARTITION, 5_000, 5_100, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, 42, false)).hasValue(5_100 - LogEnds.ON_ITS_WAY_MILLIS);

    ends.waited(PARTITION, 5_200, 5_200, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, 42, false)).hasValue(5_200);
  }

  @Test
  void anEndSeenWithTheRecordsMayBeAsOldAsTheirAnswer() {
    ends.returned(PARTITION, 42, 1_000);
    ends.asked(PARTITION, 1_500, NOTHING_LEFT);

    assertThat(ends.reached(PARTITION, 42, false)).isEmpty();
    assertThat(ends.reached(PARTITION, 42, true)).hasValue(1_500);
  }

  @Test
  void theEndIsWhereItWasSeenNotWhereTheClockIs() {
    ends.returned(PARTITION, 42, 1_000);
    ends.asked(PARTITION, 2_500, NOTHING_LEFT);

    // The thread is busy for a minute: nobody has asked since.
    assertThat(ends.reached(PARTITION, 42, true)).hasValue(2_500);
  }

  @Test
  void whoTakesAPartitionOverStartsWithNothingKnown() {
    ends.returned(PARTITION, 42, 1_000);
    ends.asked(PARTITION, 5_000, NOTHING_LEFT);

    ends.begin(PARTITION, 6_000);
    assertThat(ends.reached(PARTITION, -1, false)).isEmpty();

    ends.asked(PARTITION, 7_000, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, -1, false)).hasValue(7_000);
  }
}
