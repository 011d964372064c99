package org.magsd.trainer.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.magsd.trainer.evaluate.Difference;
import org.magsd.trainer.evaluate.Interval;

class ComparisonPageTest {
  @Test
  void showsADifferenceWithoutIntervalAlone() {
    Difference sure = new Difference(0.1234, Optional.of(new Interval(-0.014, 0.25)));

    assertThat(ComparisonPage.cell(sure)).isEqualTo("+0.123 (-0.01 to +0.25)");
    assertThat(ComparisonPage.cell(new Difference(0, Optional.empty()))).isEqualTo("+0.000");
    assertThat(ComparisonPage.cell(null)).isEqualTo("–");
  }
}
