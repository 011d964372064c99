package org.magsd.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StyleMixingTest {
  private static final int FILMS = 4;
  private static final int PIXELS = 9;

  @Test
  void keepsTheContentAndMixesTheStylesOfTheBatch() {
    float[] features = features();

    float[] mixed = mixed(features, 7);

    boolean changed = false;
    for (int film = 0; film < FILMS; film++) {
      double mean = mean(mixed, film);
      double deviation = deviation(mixed, film);
      // A style between those of two films is between the least and the greatest.
      assertThat(mean).isBetween(mean(features, 0) - 1e-3, mean(features, FILMS - 1) + 1e-3);
      assertThat(deviation).isBetween(0.99 * deviation(features, 0), 4.1 * deviation(features, 0));
      for (int i = 0; i < PIXELS; i++) {
        double content = (features[film * PIXELS + i] - mean(features, film));
        assertThat((mixed[film * PIXELS + i] - mean) / deviation)
            .isCloseTo(content / deviation(features, film), within(1e-2));
      }
      changed |= Math.abs(mean - mean(features, film)) > 0.01;
    }
    assertThat(changed).isTrue();
  }

  @Test
  void leavesFilmsOfOneStyleAsTheyAre() {
    float[] film = new float[FILMS * PIXELS];
    for (int i = 0; i < film.length; i++) {
      film[i] = i % PIXELS;
    }

    assertThat(mixed(film, 3)).containsExactly(film, within(1e-4f));
  }

  @Test
  void drawsTheSameFromTheSameSeed() {
    assertThat(mixed(features(), 5)).containsExactly(mixed(features(), 5));
    assertThat(mixed(features(), 5)).isNotEqualTo(mixed(features(), 6));
  }

  /** One channel; film i has mean i and deviations that grow with i. */
  private static float[] features() {
    SplittableRandom random = new SplittableRandom(1);
    float[] content = new float[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      content[i] = random.nextFloat();
    }
    float[] features = new float[FILMS * PIXELS];
    for (int i = 0; i < features.length; i++) {
      int film = i / PIXELS;
      features[i] = 10 * film + (1 + film) * content[i % PIXELS];
    }
    return features;
  }

  private static float[] mixed(float[] features, long seed) {
    try (NDManager scope = Engine.getEngine("PyTorch").newBaseManager()) {
      return StyleMixing.draw(FILMS, new SplittableRandom(seed))
          .apply(scope.create(features, new Shape(FILMS, 1, 3, 3)))
          .toFloatArray();
    }
  }

  private static double mean(float[] features, int film) {
    double sum = 0;
    for (int i = 0; i < PIXELS; i++) {
      sum += features[film * PIXELS + i];
    }
    return sum / PIXELS;
  }

  private static double deviation(float[] features, int film) {
    double squares = 0;
    for (int i = 0; i < PIXELS; i++) {
      squares += Math.pow(features[film * PIXELS + i] - mean(features, film), 2);
    }
    return Math.sqrt(squares / PIXELS);
  }
}
