package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.ingest.image.GrayImage;

class AreaMeansTest {
  private final Random random = new Random(3);

  @ParameterizedTest
  @CsvSource({
    "1000,1300, 192,192",
    "2000,2128, 224,224", // scales that float32 cannot hold
    "223,2500, 100,33",
    "225,224, 224,224", // one side as it is
    "512,513, 256,256", // one side by a whole number
    "512,512, 256,256",
    "100,700, 192,192", // one side grows
    "90,80, 192,192",
    "3,3, 2,2",
    "5,7, 1,1",
    "1,9, 1,2",
  })
  void areThoseOfOpenCv(int width, int height, int newWidth, int newHeight) {
    GrayImage film = noise(width, height);

    assertSame(film, new Region(0, 0, width, height), newWidth, newHeight);
  }

  @Test
  void areThoseOfOpenCvForPartsOfFilms() {
    for (int i = 0; i < 400; i++) {
      GrayImage film = noise(1 + random.nextInt(500), 1 + random.nextInt(500));
      int x = random.nextInt(film.width());
      int y = random.nextInt(film.height());
      Region part =
          new Region(
              x, y, 1 + random.nextInt(film.width() - x), 1 + random.nextInt(film.height() - y));

      assertSame(film, part, 1 + random.nextInt(256), 1 + random.nextInt(256));
    }
  }

  private static void assertSame(GrayImage film, Region part, int width, int height) {
    assertThat(AreaMeans.of(film, part, width, height))
        .as("%s of %dx%d to %dx%d", part, film.width(), film.height(), width, height)
        .isEqualTo(AreaMeans.byOpenCv(film, part, width, height));
  }

  private GrayImage noise(int width, int height) {
    byte[] pixels = new byte[width * height];
    random.nextBytes(pixels);
    return new GrayImage(width, height, pixels);
  }
}
