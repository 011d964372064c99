package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.UserError;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.Films;
import picocli.CommandLine;

class EvaluateCommandTest {
  private static final String SHIPPED = "../config/models/magsd-r18-cxr3";

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void twelveFilms() {
    Films.folder(folder, List.of("covid19", "pneumonia", "normal"), 12);
  }

  private int evaluate(String... more) {
    CommandLine command = new CommandLine(new EvaluateCommand());
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    command.setExecutionExceptionHandler(
        (exception, line, result) -> {
          assertThat(exception).isInstanceOf(UserError.class);
          err.append(exception.getMessage());
          return 1;
        });
    String[] arguments = new String[more.length + 4];
    System.arraycopy(
        new String[] {"--data", folder.toString(), "--model", SHIPPED}, 0, arguments, 0, 4);
    System.arraycopy(more, 0, arguments, 4, more.length);
    return command.execute(arguments);
  }

  @Test
  void printsOneObjectWithEveryMeasure() throws IOException {
    assertThat(evaluate()).isZero();

    assertThat(out.toString().strip().lines()).hasSize(1);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("n").asInt()).isEqualTo(12);
    for (String key :
        List.of(
            "accuracy",
            "macroPrecision",
            "macroRecall",
            "macroF1",
            "specificity",
            "auroc",
            "calibrationError")) {
      assertThat(json.get(key).isNumber()).as(key).isTrue();
      assertThat(json.get("intervals").get(key)).as(key).hasSize(2);
    }
    assertThat(json.get("confusion")).hasSize(3);
    assertThat(json.get("perClass").get("covid19").get("n").asInt()).isEqualTo(4);
    assertThat(json.get("perSource").get("here").get("n").asInt()).isEqualTo(12);
  }

  @Test
  void takesOnlyTheSplitAskedFor() throws IOException {
    assertThat(evaluate("--split", "val")).isZero();

    assertThat(new ObjectMapper().readTree(out.toString()).get("n").asInt()).isEqualTo(3);
  }

  @Test
  void namesTheLineOfALabelTheModelDoesNotKnow() throws IOException {
    Path csv = folder.resolve("other.csv");
    Files.writeString(csv, "file,label\nimages/0.png,normal\nimages/1.png,asthma\n");

    assertThat(evaluate("--labels", csv.toString())).isEqualTo(1);

    assertThat(err.toString()).contains("other.csv:3:").contains("asthma");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void namesTheLineOfAFilmThatCannotBeRead() throws IOException {
    Files.writeString(folder.resolve("images/2.png"), "no image");

    assertThat(evaluate()).isEqualTo(1);

    assertThat(err.toString()).contains("labels.csv:4:").contains("2.png");
  }

  /** Figures of other films than the csv is of would go by its name. */
  @Test
  void refusesAFilmThatIsNotTheOneTheCsvIsOf() throws IOException {
    Path csv = folder.resolve("digests.csv");
    String rows =
        """
        file,label,sha256
        images/0.png,covid19,%s
        images/1.png,pneumonia,%s
        images/2.png,normal,
        """
            .formatted(
                Sha256.hex(folder.resolve("images/0.png")),
                Sha256.hex(folder.resolve("images/1.png")));
    Files.writeString(csv, rows);
    assertThat(evaluate("--labels", csv.toString())).as(err.toString()).isZero();
    Files.copy(
        folder.resolve("images/3.png"),
        folder.resolve("images/1.png"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(evaluate("--labels", csv.toString())).isEqualTo(1);

    assertThat(err.toString())
        .contains("digests.csv:3: ", "1.png is not the file whose sha256 the csv gives");
  }

  @Test
  void refusesASplitThatNoRowHas() {
    assertThat(evaluate("--split", "holdout")).isEqualTo(1);

    assertThat(err.toString()).contains("holdout");
  }
}
