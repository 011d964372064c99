package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClassWeightsTest {
  @Test
  void weighInverselyToTheNumberOfFilms() {
    float[] weights = ClassWeights.BALANCED.of(IntStream.of(0, 0, 0, 1, 2, 2), 3);

    assertThat(weights).containsExactly(6 / 9f, 2, 1);
  }

  @Test
  void areNoneWhereAllFilmsCountTheSame() {
    assertThat(ClassWeights.NONE.of(IntStream.of(0, 0, 1), 2)).isEmpty();
  }
}
