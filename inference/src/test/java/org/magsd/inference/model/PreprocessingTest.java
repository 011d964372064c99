package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.magsd.inference.model.Preprocessing.Clahe;
import org.magsd.inference.model.Preprocessing.Fit;
import org.magsd.ingest.image.GrayImage;

class PreprocessingTest {
  private final JsonMapper json = ModelJson.mapper();

  @Test
  void standardisesTheWholeImage() {
    float[] values = ZScore.IMAGE.apply(new GrayImage(2, 2, new byte[] {0, 10, 20, 30}));

    double deviation = Math.sqrt(125);
    assertThat(values)
        .containsExactly(
            new float[] {
              (float) (-15 / deviation),
              (float) (-5 / deviation),
              (float) (5 / deviation),
              (float) (15 / deviation)
            },
            within(1e-6f));
  }

  @Test
  void standardisesEachColumnByItself() {
    float[] values = ZScore.COLUMN.apply(new GrayImage(2, 2, new byte[] {0, 100, 20, (byte) 200}));

    assertThat(values).containsExactly(new float[] {-1, -1, 1, 1}, within(1e-6f));
  }

  @Test
  void givesZeroWhereAllValuesAreEqual() {
    GrayImage constantFirstColumn = new GrayImage(2, 2, new byte[] {7, 0, 7, 2});
    GrayImage constant = new GrayImage(2, 2, new byte[] {9, 9, 9, 9});

    assertThat(ZScore.COLUMN.apply(constantFirstColumn)).containsExactly(0, -1, 0, 1);
    assertThat(ZScore.IMAGE.apply(constant)).containsOnly(0);
  }

  @Test
  void keepsTheAspectWhenPadding() {
    Geometry geometry = with(Fit.PAD, Optional.empty(), 1.0).geometry(film(400, 200));

    assertThat(geometry)
        .isEqualTo(new Geometry(new Region(0, 0, 400, 200), new Region(0, 16, 64, 32), 64));
  }

  @Test
  void seesTheMiddleSquareWhenCropping() {
    Geometry geometry = with(Fit.CROP, Optional.empty(), 0.5).geometry(film(400, 200));

    assertThat(geometry.source()).isEqualTo(new Region(150, 50, 100, 100));
    assertThat(geometry.placed()).isEqualTo(new Region(0, 0, 64, 64));
  }

  @Test
  void padsWithBlackAndLosesNothingOfTheFilm() {
    GrayImage white = film(100, 50);

    GrayImage square = with(Fit.PAD, Optional.empty(), 1.0).resized(white);

    for (int y = 0; y < 64; y++) {
      assertThat(square.at(30, y)).isEqualTo(y >= 16 && y < 48 ? 200 : 0);
    }
  }

  @Test
  void trimsBlackAndWhiteBordersButNotTheFilm() {
    GrayImage film = film(100, 80);
    paint(film, new Region(0, 0, 100, 5), 0);
    paint(film, new Region(0, 0, 8, 80), 3);
    paint(film, new Region(90, 0, 10, 80), 255);
    paint(film, new Region(40, 1, 1, 2), 255);

    Region inside = BorderTrim.DEFAULT.inside(film);

    assertThat(inside).isEqualTo(new Region(8, 5, 82, 75));
  }

  @Test
  void trimsNoMoreThanItsLimit() {
    GrayImage black = new GrayImage(100, 60, new byte[6000]);

    Region inside = new BorderTrim(10, 1.0, 0.25).inside(black);

    assertThat(inside).isEqualTo(new Region(25, 15, 50, 30));
  }

  @Test
  void takesTheSmallestFilm() {
    GrayImage dot = new GrayImage(1, 1, new byte[] {5});

    for (Fit fit : Fit.values()) {
      float[] values = with(fit, Optional.of(BorderTrim.DEFAULT), 0.1).apply(dot);
      assertThat(values).hasSize(64 * 64).doesNotContain(Float.NaN);
    }
  }

  @Test
  void survivesJson() throws JsonProcessingException {
    Preprocessing everything =
        new Preprocessing(
            192,
            Optional.of(BorderTrim.DEFAULT),
            0.9,
            Fit.PAD,
            Optional.of(new Clahe(2.0, 8)),
            ZScore.IMAGE);
    Preprocessing little = with(Fit.CROP, Optional.empty(), 1.0);

    assertThat(copy(everything)).isEqualTo(everything);
    assertThat(copy(little)).isEqualTo(little);
    assertThat(json.writeValueAsString(Preprocessing.reference()))
        .contains("\"fit\" : \"stretch\"", "\"zScore\" : \"column\"")
        .doesNotContain("trim");
  }

  @Test
  void refusesValuesWithoutMeaningAndNamesTheKey() {
    assertThatThrownBy(() -> with(Fit.PAD, Optional.empty(), 0))
        .hasMessage("preprocessing.centreCrop: 0.0: must be above 0 up to 1");
    assertThatThrownBy(() -> new Clahe(4, 0)).hasMessageContaining("preprocessing.clahe.tiles: 0");
    assertThatThrownBy(() -> new BorderTrim(200, 1, 0.1))
        .hasMessageContaining("preprocessing.trim.tolerance: 200");
    assertThatThrownBy(() -> json.readValue("{\"size\": 224}", Preprocessing.class))
        .hasMessageContaining("centreCrop");
  }

  private Preprocessing copy(Preprocessing original) throws JsonProcessingException {
    return json.readValue(json.writeValueAsString(original), Preprocessing.class);
  }

  private static Preprocessing with(Fit fit, Optional<BorderTrim> trim, double centreCrop) {
    return new Preprocessing(64, trim, centreCrop, fit, Optional.empty(), ZScore.IMAGE);
  }

  private static GrayImage film(int width, int height) {
    GrayImage film = new GrayImage(width, height, new byte[width * height]);
    paint(film, new Region(0, 0, width, height), 200);
    return film;
  }

  private static void paint(GrayImage film, Region region, int grey) {
    for (int y = region.y(); y < region.y() + region.height(); y++) {
      for (int x = region.x(); x < region.x() + region.width(); x++) {
        film.pixels()[y * film.width() + x] = (byte) grey;
      }
    }
  }

  @Test
  void anotherSizeChangesNothingElse() {
    Preprocessing given = Preprocessing.reference();

    Preprocessing other = given.withSize(96);

    assertThat(other.size()).isEqualTo(96);
    assertThat(other.withSize(given.size())).isEqualTo(given);
  }
}
