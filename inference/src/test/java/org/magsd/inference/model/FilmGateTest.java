package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.magsd.ingest.image.FilmFiles;
import org.magsd.ingest.image.GrayImage;

class FilmGateTest {
  private static final FilmGate GATE = FilmGate.DEFAULT;

  @Test
  void letsFilmsThrough() throws Exception {
    Path folder = Path.of(FilmGateTest.class.getResource("/reference/preprocess").toURI());

    assertThat(objections(folder)).isEmpty();
  }

  @Test
  void turnsAwayWhatIsTooSmallOrTooNarrow() {
    assertThat(GATE.objection(image(99, 300, (x, y) -> x + y)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("too small: 99x300"));
    assertThat(GATE.objection(image(200, 501, (x, y) -> x + y)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("too narrow"));
  }

  @Test
  void turnsAwayABlankFrame() {
    Random noise = new Random(1);

    assertThat(GATE.objection(image(300, 300, (x, y) -> 120 + noise.nextInt(8))))
        .contains("the image is blank");
  }

  @Test
  void turnsAwayASaturatedFrame() {
    assertThat(GATE.objection(image(300, 300, (x, y) -> x < 130 ? 0 : x < 270 ? 255 : x)))
        .contains("the image is saturated");
  }

  @Test
  void turnsAwayATestPattern() {
    assertThat(GATE.objection(image(300, 300, (x, y) -> 20 + x / 25 * 18)))
        .contains("the image has too few grey levels for a film");
  }

  @Test
  void refusesLimitsWithoutMeaning() {
    assertThatThrownBy(() -> new FilmGate(100, 0.5, 24, 0.8, 0.9))
        .hasMessage("gate.maxAspect: 0.5: must be 1..10");
  }

  static List<String> objections(Path folder) throws Exception {
    List<Path> files;
    try (Stream<Path> paths = Files.list(folder)) {
      files = paths.filter(path -> path.toString().matches(".*(input\\.png|\\.jpg)")).toList();
    }
    assertThat(files).isNotEmpty();
    List<String> objections = new ArrayList<>();
    for (Path file : files) {
      GATE.objection(FilmFiles.read(file))
          .ifPresent(reason -> objections.add(file.getFileName() + ": " + reason));
    }
    return objections;
  }

  private static GrayImage image(int width, int height, IntBinaryOperator grey) {
    byte[] pixels = new byte[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        pixels[y * width + x] = (byte) grey.applyAsInt(x, y);
      }
    }
    return new GrayImage(width, height, pixels);
  }
}
