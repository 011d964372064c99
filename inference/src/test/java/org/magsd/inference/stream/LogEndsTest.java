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
    ends.returned(PARTITION, OptionalLong.of(990), 42, 1_000);
    ends.asked(PARTITION, 5_000, NOTHING_LEFT);

    assertThat(ends.reached(PARTITION, 41, false)).isEmpty();
    assertThat(ends.reached(PARTITION, 42, false)).hasValue(5_000);
  }

  @Test
  void theEndIsNotReachedWhileMoreIsThereOrMayBe() {
    ends.returned(PARTITION, OptionalLong.of(990), 42, 1_000);
    ends.asked(PARTITION, 5_000, OptionalLong.of(1));
    assertThat(ends.reached(PARTITION, 42, false)).isEmpty();

    ends.asked(PARTITION, 6_000, OptionalLong.empty());
    assertThat(ends.reached(PARTITION, 42, false)).isEmpty();
  }

  @Test
  void whoWaitedInVainSawTheEndUntilAMomentBeforeGivingUp() {
    ends.returned(PARTITION, OptionalLong.of(990), 42, 1_000);

    ends.waited(PARTITION, 5_000, 5_100, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, 42, false)).hasValue(5_100 - LogEnds.ON_ITS_WAY_MILLIS);

    ends.waited(PARTITION, 5_200, 5_200, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, 42, false)).hasValue(5_200);
  }

  @Test
  void anEndSeenWithTheRecordsMayBeAsOldAsTheirAnswer() {
    ends.returned(PARTITION, OptionalLong.of(990), 42, 1_000);
    ends.asked(PARTITION, 1_500, NOTHING_LEFT);

    assertThat(ends.reached(PARTITION, 42, false)).isEmpty();
    assertThat(ends.reached(PARTITION, 42, true)).hasValue(1_500);
  }

  @Test
  void theEndIsWhereItWasSeenNotWhereTheClockIs() {
    ends.returned(PARTITION, OptionalLong.of(990), 42, 1_000);
    ends.asked(PARTITION, 2_500, NOTHING_LEFT);

    // The thread is busy for a minute: nobody has asked since.
    assertThat(ends.reached(PARTITION, 42, true)).hasValue(2_500);
  }

  @Test
  void whoTakesAPartitionOverStartsWithNothingKnown() {
    ends.returned(PARTITION, OptionalLong.of(990), 42, 1_000);
    ends.asked(PARTITION, 5_000, NOTHING_LEFT);

    ends.begin(PARTITION, 6_000);
    assertThat(ends.reached(PARTITION, -1, false)).isEmpty();

    ends.asked(PARTITION, 7_000, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, -1, false)).hasValue(7_000);
  }

  @Test
  void tellsByTheBrokersClockWhereThatIsBehind() {
    long behind = 15_000;
    ends.asked(PARTITION, 10_000, NOTHING_LEFT);
    for (long second : new long[] {20_000, 30_000}) {
      // A record came 50 ms after the end had been seen, which is all that is not known of it.
      ends.waited(PARTITION, second - 10, second + 1, NOTHING_LEFT);
      ends.returned(PARTITION, OptionalLong.of(second + 50 - behind), 42, second + 60);
    }
    ends.waited(PARTITION, 40_000, 41_001, NOTHING_LEFT);

    assertThat(ends.reached(PARTITION, 42, false)).hasValue(41_000 - (behind - 50));
    assertThat(ends.knownAt(PARTITION, 16_050)).isEqualTo(16_050 + behind - 50 + 1);

    // Set right meanwhile.
    ends.returned(PARTITION, OptionalLong.of(41_500), 43, 41_500);
    ends.waited(PARTITION, 43_000, 43_001, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, 43, false)).hasValue(43_000);
  }

  @Test
  void oneLateRecordIsNoClock() {
    ends.asked(PARTITION, 10_000, NOTHING_LEFT);
    ends.waited(PARTITION, 19_000, 20_001, NOTHING_LEFT);
    ends.returned(PARTITION, OptionalLong.of(18_000), 42, 20_010);
    ends.waited(PARTITION, 30_000, 31_001, NOTHING_LEFT);

    assertThat(ends.reached(PARTITION, 42, false)).hasValue(31_000);
  }

  @Test
  void takesNothingForABrokersClockThatMayBeOlder() {
    // An end seen with records may be as old as their answer, and a producer's time is any time.
    ends.returned(PARTITION, OptionalLong.of(990), 42, 1_000);
    ends.asked(PARTITION, 1_500, NOTHING_LEFT);
    ends.returned(PARTITION, OptionalLong.of(1_200), 43, 1_600);
    ends.asked(PARTITION, 5_000, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, 43, false)).hasValue(5_000);

    ends.returned(PARTITION, OptionalLong.empty(), 44, 6_000);
    ends.asked(PARTITION, 9_000, NOTHING_LEFT);
    assertThat(ends.reached(PARTITION, 44, false)).hasValue(9_000);
  }
}
