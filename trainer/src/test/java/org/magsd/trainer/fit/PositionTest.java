package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class PositionTest {
  private static final Position BEGUN =
      Position.start("c", Position.Inputs.NONE, 5).learnt(4, 2.5, 3).spent(1.5, 0.25);

  private static EpochRecord record(boolean best) {
    return new EpochRecord("only", 1, 0, 0, 0, 0, 0, 0, 0, best, 4, 0, 0, 0);
  }

  @Test
  void sumsWhatTheBatchesOfAnEpochGave() {
    Position two = BEGUN.learnt(2, 0.5, 1);

    assertThat(two.batch()).isEqualTo(2);
    assertThat(two.meanLoss()).isEqualTo(0.5);
    assertThat(two.accuracy()).isEqualTo(4 / 6.0);
    assertThat(two.epochSeconds()).isEqualTo(1.5);
  }

  @Test
  void beginsANewEpochOnceOneIsJudged() {
    Position better = BEGUN.judged(record(true), 0.75);
    Position worse = better.learnt(4, 9, 0).judged(record(false), 0.5);

    assertThat(worse.epoch()).isEqualTo(2);
    assertThat(worse.best()).isEqualTo(0.75);
    assertThat(worse.bestEpoch()).isEqualTo(1);
    assertThat(worse.history()).hasSize(2);
    for (Position begun : List.of(better, worse)) {
      assertThat(begun.batch()).isZero();
      assertThat(begun.seen()).isZero();
      assertThat(begun.epochSeconds() + begun.epochWaited()).isZero();
    }
  }

  /** A run may go on under a later version than it was begun with. */
  @Test
  void isReadFromAStateThatDoesNotTellAnEpochsSeconds() throws Exception {
    ObjectMapper json = new ObjectMapper();
    String told = json.writeValueAsString(BEGUN.spent(0, 0));
    String before = told.replace(",\"epochSeconds\":0.0,\"epochWaited\":0.0", "");

    assertThat(before).isNotEqualTo(told);
    assertThat(json.readValue(before, Position.class)).isEqualTo(BEGUN.spent(0, 0));
  }
}
