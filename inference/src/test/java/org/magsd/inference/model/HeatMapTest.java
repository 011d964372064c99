package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.magsd.ingest.image.GrayImage;

class HeatMapTest {
  private static final AttentionMap HOT_TOP_LEFT = new AttentionMap(2, 2, new float[] {4, 1, 1, 1});

  @Test
  void isHottestWhereTheMapIsOnAStretchedFilm() {
    float[] heat = heat(HOT_TOP_LEFT, whole(400, 200), 400, 200);

    assertThat(heat[0]).isEqualTo(1);
    assertThat(heat[399]).isEqualTo(0);
    assertThat(heat[199 * 400]).isEqualTo(0);
    assertThat(heat[99 * 400 + 199]).isEqualTo(0.25f, within(0.01f));
  }

  @Test
  void findsTheTrimmedAndCroppedPartOnTheOriginalFilm() {
    Geometry geometry = new Geometry(new Region(100, 50, 100, 100), new Region(0, 0, 64, 64), 64);

    float[] heat = heat(HOT_TOP_LEFT, geometry, 400, 200);

    assertThat(heat[50 * 400 + 100]).isEqualTo(1);
    assertThat(heat[149 * 400 + 199]).isEqualTo(0);
    assertThat(heat[49 * 400 + 100]).isEqualTo(-1);
    assertThat(heat[50 * 400 + 99]).isEqualTo(-1);
    assertThat(heat[150 * 400 + 150]).isEqualTo(-1);
    assertThat(heat[100 * 400 + 200]).isEqualTo(-1);
  }

  @Test
  void leavesThePaddingOutOfTheFilm() {
    // A film of 400x200 letterboxed: rows 16..47 of 64. The map's rows are 0 and 1, its boundary
    // is the film's middle; the film's first row is a quarter into the map's upper cell.
    Geometry geometry = new Geometry(new Region(0, 0, 400, 200), new Region(0, 16, 64, 32), 64);
    AttentionMap hotAbove = new AttentionMap(1, 2, new float[] {1, 0});

    float[] heat = heat(hotAbove, geometry, 400, 200);

    assertThat(heat[0]).isEqualTo(1, within(0.01f));
    assertThat(heat[100 * 400]).isEqualTo(0.5f, within(0.01f));
    assertThat(heat[199 * 400]).isEqualTo(0, within(0.01f));
  }

  @Test
  void drawsTheFilmItselfWhereNothingStandsOut() throws IOException {
    GrayImage film = film(40, 30);
    AttentionMap flat = new AttentionMap(2, 2, new float[] {3, 3, 3, 3});

    BufferedImage drawn = decoded(HeatMap.png(film, prediction(flat, whole(40, 30))));

    for (int y = 0; y < 30; y++) {
      for (int x = 0; x < 40; x++) {
        int colour = drawn.getRGB(x, y);
        assertThat(colour & 0xff).isCloseTo(film.at(x, y), within(8));
        assertThat(colour >> 8 & 0xff).isEqualTo(colour & 0xff);
        assertThat(colour >> 16 & 0xff).isEqualTo(colour & 0xff);
      }
    }
  }

  @Test
  void drawsTheHottestSpotRed() throws IOException {
    GrayImage film = film(40, 30);

    BufferedImage drawn = decoded(HeatMap.png(film, prediction(HOT_TOP_LEFT, whole(40, 30))));

    int hottest = drawn.getRGB(0, 0);
    assertThat(hottest >> 16 & 0xff).isGreaterThan((hottest & 0xff) + 40);
  }

  @Test
  void isTheSameBytesEachTime() {
    GrayImage film = film(301, 203);
    Prediction prediction = prediction(HOT_TOP_LEFT, whole(301, 203));

    assertThat(HeatMap.png(film, prediction)).isEqualTo(HeatMap.png(film, prediction));
  }

  @Test
  void keepsToTheLongestSide() throws IOException {
    GrayImage film = film(400, 200);

    BufferedImage drawn =
        decoded(HeatMap.png(film, prediction(HOT_TOP_LEFT, whole(400, 200)), 100));

    assertThat(drawn.getWidth()).isEqualTo(100);
    assertThat(drawn.getHeight()).isEqualTo(50);
  }

  private static float[] heat(AttentionMap map, Geometry geometry, int width, int height) {
    return HeatMap.heat(map, geometry, film(width, height), width, height);
  }

  private static Geometry whole(int width, int height) {
    return new Geometry(new Region(0, 0, width, height), new Region(0, 0, 64, 64), 64);
  }

  private static Prediction prediction(AttentionMap map, Geometry geometry) {
    ModelCard card = TinyModels.card(Path.of("tiny"), "1");
    return new Prediction(
        card, new double[] {1, 0, 0}, new float[3], map, geometry, OptionalDouble.empty());
  }

  private static GrayImage film(int width, int height) {
    byte[] pixels = new byte[width * height];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 31 % 251);
    }
    return new GrayImage(width, height, pixels);
  }

  private static BufferedImage decoded(byte[] png) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(png));
  }
}
