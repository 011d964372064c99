package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.magsd.trainer.fit.Schedule.Shape;

class ScheduleTest {
  @Test
  void risesOverTheWarmUp() {
    Schedule schedule = new Schedule(0.1, 2, Shape.CONSTANT, List.of(), 0.1, 0);

    assertThat(schedule.at(0, 10)).isZero();
    assertThat(schedule.at(0.5, 10)).isCloseTo(0.025, within(1e-12));
    assertThat(schedule.at(2, 10)).isEqualTo(0.1);
    assertThat(schedule.at(9, 10)).isEqualTo(0.1);
  }

  @Test
  void fallsByAFactorAtTheAuthorsEpochs() {
    Schedule schedule = new Schedule(1e-3, 0, Shape.STEP, List.of(75.0, 125.0), 0.1, 0);

    assertThat(schedule.at(74.9, 150)).isCloseTo(1e-3, within(1e-15));
    assertThat(schedule.at(75, 150)).isCloseTo(1e-4, within(1e-15));
    assertThat(schedule.at(140, 150)).isCloseTo(1e-5, within(1e-15));
  }

  @Test
  void fallsAlongACosineToTheFloor() {
    Schedule schedule = new Schedule(1, 1, Shape.COSINE, List.of(), 0.1, 0.2);

    assertThat(schedule.at(1, 11)).isEqualTo(1);
    assertThat(schedule.at(6, 11)).isCloseTo(0.6, within(1e-12));
    assertThat(schedule.at(11, 11)).isCloseTo(0.2, within(1e-12));
  }

  @Test
  void refusesARateThatIsNotPositive() {
    assertThatThrownBy(() -> new Schedule(0, 1, Shape.COSINE, List.of(), 0.1, 0))
        .hasMessageContaining("schedule.rate: 0.0");
  }
}
