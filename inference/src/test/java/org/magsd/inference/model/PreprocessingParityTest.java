package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.Raster;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.magsd.ingest.image.GrayImage;

/**
 * The resize and the CLAHE against OpenCV's own results: {@code N-input.png}, {@code
 * N-resized.png}, {@code N-clahe.png} in the folder named by the system property {@code
 * magsd.reference.preprocess}, or the copies among the test resources. Sizes are those of the
 * files.
 */
class PreprocessingParityTest {
  private static final List<String> STEPS = List.of("input", "resized", "clahe");

  @ParameterizedTest
  @MethodSource("cases")
  void resizesWithinOneGreyLevel(Path folder, String name) throws IOException {
    GrayImage expected = read(folder, name, "resized");

    GrayImage resized = reference(expected).resized(read(folder, name, "input"));

    assertThat(greatestDifference(resized, expected)).isLessThanOrEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalisesExactlyAsOpenCvDoes(Path folder, String name) throws IOException {
    GrayImage expected = read(folder, name, "clahe");
    GrayImage resized = read(folder, name, "resized");

    GrayImage equalised = reference(resized).equalised(resized);

    assertThat(equalised).isEqualTo(expected);
  }

  static Stream<Object[]> cases() throws IOException, URISyntaxException {
    String given = System.getProperty("magsd.reference.preprocess", "");
    // A relative path is meant from where Maven was called, which is often one level up.
    Path folder =
        given.isBlank()
            ? Path.of(PreprocessingParityTest.class.getResource("/reference/preprocess").toURI())
            : Files.exists(Path.of(given)) ? Path.of(given) : Path.of("..").resolve(given);
    SortedMap<String, Set<String>> found = new TreeMap<>();
    Pattern name = Pattern.compile("(.+)-(" + String.join("|", STEPS) + ")\\.png");
    try (Stream<Path> files = Files.list(folder)) {
      files
          .map(file -> name.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .forEach(
              file ->
                  found.computeIfAbsent(file.group(1), n -> new TreeSet<>()).add(file.group(2)));
    }
    assertThat(found).as("N-input.png in %s", folder).isNotEmpty();
    assertThat(found)
        .as("each film has its three steps in %s", folder)
        .allSatisfy((film, steps) -> assertThat(steps).containsExactlyInAnyOrderElementsOf(STEPS));
    return found.keySet().stream().map(film -> new Object[] {folder, film});
  }

  /** The authors' preprocessing to the size of a film that OpenCV resized. */
  private static Preprocessing reference(GrayImage resized) {
    assertThat(resized.width()).as("resized films are square").isEqualTo(resized.height());
    Preprocessing usual = Preprocessing.reference();
    return new Preprocessing(
        resized.width(),
        usual.trim(),
        usual.centreCrop(),
        usual.fit(),
        usual.resample(),
        usual.clahe(),
        usual.zScore());
  }

  private static int greatestDifference(GrayImage actual, GrayImage expected) {
    assertThat(actual.width()).isEqualTo(expected.width());
    assertThat(actual.height()).isEqualTo(expected.height());
    int greatest = 0;
    for (int y = 0; y < actual.height(); y++) {
      for (int x = 0; x < actual.width(); x++) {
        greatest = Math.max(greatest, Math.abs(actual.at(x, y) - expected.at(x, y)));
      }
    }
    return greatest;
  }

  private static GrayImage read(Path folder, String name, String step) throws IOException {
    Raster raster = ImageIO.read(folder.resolve(name + "-" + step + ".png").toFile()).getRaster();
    int[] samples = raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), 0, (int[]) null);
    byte[] pixels = new byte[samples.length];
    for (int i = 0; i < samples.length; i++) {
      pixels[i] = (byte) samples[i];
    }
    return new GrayImage(raster.getWidth(), raster.getHeight(), pixels);
  }
}
