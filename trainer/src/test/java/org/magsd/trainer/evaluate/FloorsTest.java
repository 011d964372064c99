package org.magsd.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.image.GrayImage;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.data.Glance;

class FloorsTest {
  /** Films of noise; those of class 1 have a black border, which the network's part lacks. */
  private static List<Film> bordered(int number, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Film> films = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      int target = i % 3 == 0 ? 1 : 0;
      int width = 48 + random.nextInt(16);
      byte[] pixels = new byte[width * 56];
      random.nextBytes(pixels);
      for (int p = 0; target == 1 && p < 4 * width; p++) {
        pixels[p] = 0;
      }
      films.add(film(i, target, new GrayImage(width, 56, pixels)));
    }
    return films;
  }

  private static Film film(int i, int target, GrayImage whole) {
    GrayImage seen = Films.picture(32, 32, 5);
    return new Film(
        Films.sample("f" + i, target, "here", "p" + i, ""), seen, seen, Glance.at(whole), "");
  }

  @Test
  void tellsFilmsByBordersThatTheNetworkDoesNotGetToSee() {
    Floors floors = Floors.of(bordered(120, 1), bordered(60, 2), 2);

    assertThat(floors.thumbnails()).isGreaterThan(0.95);
    assertThat(floors.majority()).isCloseTo(40.0 / 60, within(1e-9));
  }

  @Test
  void tellsFilmsByTheirSidesAndBrightness() {
    List<Film> films = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 80; i++) {
      int target = i % 2;
      int width = (target == 0 ? 60 : 40) + random.nextInt(8);
      byte[] pixels = new byte[width * 50];
      random.nextBytes(pixels);
      films.add(film(i, target, new GrayImage(width, 50, pixels)));
    }

    Floors floors = Floors.of(films.subList(0, 40), films.subList(40, 80), 2);

    assertThat(floors.aspectAndBrightness()).isEqualTo(1);
    assertThat(floors.majority()).isEqualTo(0.5);
  }

  /** A separable line in the plane, far from the origin and of unequal spread. */
  @Test
  void convergesWhateverTheFeaturesScales() {
    double[][] rows = new double[200][];
    int[] targets = new int[200];
    SplittableRandom random = new SplittableRandom(8);
    for (int i = 0; i < rows.length; i++) {
      double x = random.nextGaussian();
      double y = random.nextGaussian();
      targets[i] = x + y > 0 ? 1 : 0;
      rows[i] = new double[] {1e4 + 1e3 * x, 1e-3 * y, 7};
    }

    SoftmaxRegression fitted = SoftmaxRegression.fit(rows, targets, 2);

    int right = 0;
    for (int i = 0; i < rows.length; i++) {
      right += fitted.predicted(rows[i]) == targets[i] ? 1 : 0;
    }
    assertThat(right).isGreaterThanOrEqualTo(190);
  }

  /** Two features that mirror each other: the classes differ a little in both. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void theSignOfAFeatureChangesNoPrediction(long seed) {
    double[][] rows = new double[200][];
    double[][] mirrored = new double[200][];
    int[] targets = new int[200];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < rows.length; i++) {
      targets[i] = i % 2;
      double x = random.nextGaussian() + (targets[i] == 1 ? 0.2 : -0.2);
      double y = -x + 0.1 * random.nextGaussian();
      rows[i] = new double[] {x, y};
      mirrored[i] = new double[] {x, -y};
    }

    SoftmaxRegression fitted = SoftmaxRegression.fit(rows, targets, 2);
    SoftmaxRegression ofMirrored = SoftmaxRegression.fit(mirrored, targets, 2);

    for (int i = 0; i < rows.length; i++) {
      assertThat(fitted.predicted(rows[i])).isEqualTo(ofMirrored.predicted(mirrored[i]));
    }
    assertThat(fitted.loss(rows, targets))
        .isLessThan(Math.log(2))
        .isCloseTo(ofMirrored.loss(mirrored, targets), within(1e-3));
  }
}
