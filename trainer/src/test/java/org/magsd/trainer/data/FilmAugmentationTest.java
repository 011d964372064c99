package org.magsd.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.magsd.ingest.image.GrayImage;

class FilmAugmentationTest {
  private static final FilmAugmentation STRONG =
      new FilmAugmentation(1, 10, 0.8, 1.1, 0.15, 0.5, 0, 0.15, 0.3, 1.5, 0.5, 0.5, 6, 0.5);

  @Test
  void leavesAFilmAloneWhenNothingIsConfigured() {
    GrayImage film = Films.picture(64, 64, 1);

    GrayImage same =
        FilmAugmentation.NONE.apply(film, 64, Optional.empty(), new SplittableRandom(1));

    assertThat(same).isEqualTo(film);
  }

  @Test
  void dependsOnTheRandomSourceAlone() {
    GrayImage film = Films.picture(80, 80, 1);
    Optional<GrayImage> donor = Optional.of(Films.picture(80, 80, 2));

    GrayImage one = STRONG.apply(film, 64, donor, new SplittableRandom(5));

    assertThat(STRONG.apply(film, 64, donor, new SplittableRandom(5))).isEqualTo(one);
    assertThat(STRONG.apply(film, 64, donor, new SplittableRandom(6))).isNotEqualTo(one);
    assertThat(one.width()).isEqualTo(64);
  }

  @Test
  void mirrorsLeftAndRight() {
    GrayImage film = Films.picture(64, 64, 3);
    FilmAugmentation mirror = new FilmAugmentation(1, 0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0);

    GrayImage mirrored = mirror.apply(film, 64, Optional.empty(), new SplittableRandom(1));

    assertThat(mirrored.at(0, 10)).isEqualTo(film.at(63, 10));
    assertThat(mirrored.at(63, 50)).isEqualTo(film.at(0, 50));
  }

  @Test
  void givesAFilmTheHistogramOfAnother() {
    GrayImage dark = new GrayImage(2, 2, new byte[] {10, 20, 30, 40});
    GrayImage bright =
        new GrayImage(2, 2, new byte[] {(byte) 240, (byte) 210, (byte) 220, (byte) 230});
    byte[] pixels = dark.pixels().clone();

    GreyCurve.match(dark, bright).apply(pixels);

    assertThat(pixels).containsExactly((byte) 210, (byte) 220, (byte) 230, (byte) 240);
  }

  @Test
  void refusesABoundThatMakesNoSense() {
    assertThatThrownBy(() -> new FilmAugmentation(1, 200, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0))
        .hasMessageContaining("augmentation.rotation: 200.0");
    assertThatThrownBy(() -> new FilmAugmentation(1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0))
        .hasMessageContaining("augmentation.zoomIn: 0.0");
  }

  @Test
  void variesTheShareOfFilmsThatIsAskedFor() {
    assertThat(due(0)).isZero();
    assertThat(due(1)).isEqualTo(10_000);
    // Six standard deviations of 10,000 fair coins are 300.
    assertThat(due(0.5)).isBetween(4_700, 5_300);
  }

  private static int due(double share) {
    FilmAugmentation augmentation =
        new FilmAugmentation(share, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0);
    SplittableRandom random = new SplittableRandom(11);
    int due = 0;
    for (int i = 0; i < 10_000; i++) {
      due += augmentation.isDue(random) ? 1 : 0;
    }
    return due;
  }
}
