package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.UserError;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelCard;
import org.magsd.trainer.data.Films;
import picocli.CommandLine;

class TrainCommandTest {
  private static final String TINY =
      """
      name: tiny
      classes:
        - {name: a, display: A, finding: true, snomed: "233604007", snomedDisplay: Pneumonia}
        - {name: b, display: B, finding: false, snomed: "281900007", snomedDisplay: Nothing}
      preprocessing: {size: 32}
      network: {maps: 2}
      machine: {threads: 1}
      stages:
        - name: only
          data: [{labels: labels.csv}]
          epochs: 1
          batch: 4
          schedule: {rate: 0.001}
      card: {version: 0.0.1, precision: fp16, limitations: [For tests only.]}
      """;

  @TempDir private Path folder;
  private final StringWriter err = new StringWriter();

  private int train(String... arguments) {
    CommandLine command = new CommandLine(new TrainCommand());
    command.setErr(new PrintWriter(err, true));
    command.setExecutionExceptionHandler(
        (exception, line, result) -> {
          assertThat(exception).isInstanceOf(UserError.class);
          err.append(exception.getMessage());
          return 1;
        });
    return command.execute(arguments);
  }

  @Test
  void leavesABundleTheServiceAcceptsAndAReportOfTheRun() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    Path config = Files.writeString(folder.resolve("train.yaml"), TINY);
    Path out = folder.resolve("out");
    String[] arguments = {
      "--config", config.toString(), "--data", data.toString(), "--out", out.toString()
    };

    assertThat(train(arguments)).as(err.toString()).isZero();

    ModelCard card = ModelBundle.load(out.resolve("tiny")).card();
    assertThat(card.labels()).containsExactly("a", "b");
    assertThat(card.precision()).isEqualTo("fp16");
    assertThat(card.parity()).isPresent();
    assertThat(card.training().films()).isEqualTo(12);
    assertThat(card.metrics()).extracting(ModelCard.Measurement::source).contains("all", "here");
    assertThat(card.details()).containsKey("floor");
    JsonNode manifest = new ObjectMapper().readTree(out.resolve("manifest.json").toFile());
    assertThat(manifest).hasSize(16);
    assertThat(card.training().splitDigest())
        .contains(ModelBundle.sha256(Files.readAllBytes(out.resolve("manifest.json"))));
    assertThat(new ObjectMapper().readTree(out.resolve("history.json").toFile())).hasSize(1);
    assertThat(out.resolve("run.json")).exists();
    assertThat(out.resolve("metrics.json")).exists();
    for (String plot :
        List.of("losses", "scores", "roc", "confusion", "reliability", "heat-maps")) {
      assertThat(Files.readAllBytes(out.resolve(plot + ".png"))).as(plot).startsWith(0x89, 'P');
    }
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("tiny@0.0.1", "For tests only.", "data:image/png;base64,")
        .doesNotContain("src=\"http");
    assertThat(train(arguments)).as("a second run must not overwrite the first").isEqualTo(1);
    assertThat(err.toString()).contains("--resume");
  }

  @Test
  void refusesADataFolderThatDoesNotExist() {
    assertThat(train("--data", folder.resolve("none").toString())).isEqualTo(1);

    assertThat(err.toString()).contains("--data");
  }
}
