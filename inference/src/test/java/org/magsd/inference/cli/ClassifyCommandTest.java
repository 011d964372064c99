package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.TinyModels;
import picocli.CommandLine;

class ClassifyCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = TinyModels.write(folder.resolve("tiny"), 0, 2, 4).directory();
  }

  @Test
  void printsALinePerFileInOrder() throws Exception {
    int exit = run(film(0), film(3), "--model", model);

    assertThat(exit).as(err.toString()).isZero();
    List<JsonNode> lines = lines();
    assertThat(lines).hasSize(2);
    JsonNode first = lines.get(0);
    assertThat(first.fieldNames())
        .toIterable()
        .containsExactly("file", "outcome", "reason", "label", "probabilities", "model");
    assertThat(first.get("file").asText()).isEqualTo(film(0).toString());
    assertThat(first.get("outcome").asText()).isEqualTo("assessed");
    assertThat(first.get("reason").isNull()).isTrue();
    assertThat(first.get("label").asText()).isEqualTo("normal");
    assertThat(first.get("probabilities").fieldNames())
        .toIterable()
        .containsExactly("covid19", "pneumonia", "normal");
    assertThat(first.get("probabilities").get("normal").asDouble()).isEqualTo(0.6652, within(1e-3));
    assertThat(first.get("model").asText()).matches("tiny@1:[0-9a-f]{12}");
    assertThat(lines.get(1).get("file").asText()).isEqualTo(film(3).toString());
  }

  @Test
  void goesOnAfterABadFileAndExitsWithOne() throws Exception {
    Path damaged = Files.write(folder.resolve("damaged.dcm"), new byte[] {1, 2, 3});

    int exit = run(damaged, folder.resolve("missing.png"), folder, film(0), "--model", model);

    assertThat(exit).isEqualTo(1);
    assertThat(lines())
        .extracting(line -> line.get("outcome").asText())
        .containsExactly("failed", "failed", "failed", "assessed");
    assertThat(lines().get(0).get("reason").asText()).isNotBlank();
    assertThat(lines().get(1).get("reason").asText()).contains("no such file");
    assertThat(lines().get(2).get("reason").asText()).isEqualTo("is a folder");
  }

  @Test
  void skipsABlankImageWithAReason() throws Exception {
    Path blank = folder.resolve("blank.png");
    ImageIO.write(new BufferedImage(200, 200, BufferedImage.TYPE_BYTE_GRAY), "png", blank.toFile());

    int exit = run(blank, "--model", model);

    assertThat(exit).isZero();
    JsonNode line = lines().get(0);
    assertThat(line.get("outcome").asText()).isEqualTo("skipped");
    assertThat(line.get("reason").asText()).isEqualTo("the image is blank");
    assertThat(line.get("label").isNull()).isTrue();
  }

  @Test
  void skipsALateralViewByItsHeader() throws Exception {
    int exit = run(sample("10-lateral.dcm"), sample("01-explicit-8bit.dcm"), "--model", model);

    assertThat(exit).as(err.toString()).isZero();
    assertThat(lines().get(0).get("outcome").asText()).isEqualTo("skipped");
    assertThat(lines().get(0).get("reason").asText()).startsWith("not a frontal view");
    assertThat(lines().get(1).get("outcome").asText()).isEqualTo("assessed");
  }

  @Test
  void writesAHeatMapPerAssessedFile() throws Exception {
    Path twin = folder.resolve("0-input.png");
    Files.copy(film(0), twin);
    Path maps = folder.resolve("maps");

    int exit = run(film(0), twin, "--model", model, "--heatmap", maps);

    assertThat(exit).as(err.toString()).isZero();
    try (Stream<Path> written = Files.list(maps)) {
      assertThat(written.map(map -> map.getFileName().toString()))
          .containsExactlyInAnyOrder("0-input.png", "0-input-2.png");
    }
    assertThat(ImageIO.read(maps.resolve("0-input.png").toFile()).getWidth()).isEqualTo(512);
  }

  @Test
  void namesABundleItRefuses() throws Exception {
    int exit = run(film(0), "--model", folder.resolve("nothing"));

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("magsd: model bundle ")
        .contains("nothing: model.json is missing")
        .doesNotContain("\tat ");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void asksForAFile() {
    assertThat(run()).isEqualTo(2);
  }

  private int run(Object... arguments) {
    List<String> line = new ArrayList<>(List.of("classify"));
    for (Object argument : arguments) {
      line.add(argument.toString());
    }
    CommandLine command = Magsd.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(line.toArray(String[]::new));
  }

  private List<JsonNode> lines() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : out.toString().lines().toList()) {
      lines.add(JsonMapper.builder().build().readTree(line));
    }
    return lines;
  }

  private static Path sample(String name) {
    return Path.of("..", "config", "samples", name);
  }

  private static Path film(int number) throws URISyntaxException {
    return Path.of(
        ClassifyCommandTest.class
            .getResource("/reference/preprocess/" + number + "-input.png")
            .toURI());
  }
}
