package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArgMaxTest {
  @Test
  void isTheGreatestAndTheFirstOfEquals() {
    assertThat(ArgMax.of(new double[] {-3, 2, 2, 1})).isEqualTo(1);
    assertThat(ArgMax.of(new float[] {-3, -2, -2, -4})).isEqualTo(1);
    assertThat(ArgMax.of(new float[] {0, 0})).isZero();
  }

  @Test
  void ofARowKnowsNothingOfItsNeighbours() {
    float[] rows = {9, 1, 3, 2, 9, 9};

    assertThat(ArgMax.of(rows, 1, 3)).isEqualTo(1);
  }

  @Test
  void takesNanForGreaterThanNothing() {
    assertThat(ArgMax.of(new float[] {1, Float.NaN, 2})).isEqualTo(2);
    assertThat(ArgMax.of(new double[] {1, 2, Double.NaN})).isEqualTo(1);
  }
}
