package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.UserError;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelCard;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.fit.ConfigFile;
import org.magsd.trainer.fit.FolderLock;
import org.magsd.trainer.fit.TinyConfig;
import picocli.CommandLine;

class TrainCommandTest {
  private static final String TINY =
      TinyConfig.YAML + "card: {version: 0.0.1, precision: fp16, limitations: [For tests only.]}\n";

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
    assertThat(card.details()).doesNotContainKey("figures");
    assertThat(card.parity()).isPresent();
    assertThat(card.training().films()).isEqualTo(12);
    assertThat(card.metrics()).extracting(ModelCard.Measurement::source).contains("all", "here");
    assertThat(card.details().get("floor"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsKeys("what", "accuracy", "aspectAndBrightness", "majority");
    JsonNode manifest = new ObjectMapper().readTree(out.resolve("manifest.json").toFile());
    assertThat(manifest.at("/stages/0/films")).hasSize(16);
    assertThat(manifest.at("/stages/0/sources/0/sha256").asText())
        .isEqualTo(Sha256.hex(data.resolve("labels.csv")));
    assertThat(card.training().splitDigest()).contains(Sha256.hex(out.resolve("manifest.json")));
    String configuration = Sha256.hex(config);
    assertThat(card.details()).containsEntry("configuration", configuration);
    for (Path kept : List.of(out, out.resolve("tiny/training"))) {
      assertThat(kept.resolve("train.yaml")).hasContent(TINY);
      assertThat(kept.resolve("manifest.json"))
          .hasSameTextualContentAs(out.resolve("manifest.json"));
    }
    assertThat(new ObjectMapper().readTree(out.resolve("history.json").toFile())).hasSize(1);
    assertThat(out.resolve("run.json")).exists();
    JsonNode metrics = new ObjectMapper().readTree(out.resolve("metrics.json").toFile());
    assertThat(metrics.at("/calibration/before/low").isNumber()).isTrue();
    assertThat(metrics.at("/calibration/after/value").asDouble())
        .isEqualTo(metrics.get("calibrationError").asDouble());
    assertThat(card.details()).containsKey("calibration");
    for (String plot :
        List.of("losses", "scores", "roc", "confusion", "reliability", "heat-maps")) {
      assertThat(Files.readAllBytes(out.resolve(plot + ".png"))).as(plot).startsWith(0x89, 'P');
    }
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("tiny@0.0.1", "For tests only.", "data:image/png;base64,")
        .contains("Epoch, temperature and thresholds were chosen")
        .contains("<td>" + configuration + "</td>", "for every film</td><td>0.500</td>")
        .doesNotContain("src=\"http", "{what=", "RunMetadata[");
    assertThat(Files.readString(out.resolve("tiny/model.json")))
        .as("keys in the same order whatever process writes them")
        .containsSubsequence("\"aspectAndBrightness\"", "\"what\"", "\"accuracy\"", "\"majority\"")
        .containsSubsequence("\"trainingFilms\"", "\"validationFilms\"", "\"median\"")
        .containsSubsequence("\"median\"", "\"falseAlarms\"")
        .containsSubsequence("\"differenceFromTrainedNetwork\"", "\"films\"", "\"logits\"")
        .containsSubsequence("\"logits\"", "\"attention\"", "\"strangeness\"", "\"changedLabels\"");
    refusesAsAModelsName(out, "tiny");
    assertThat(train(arguments)).as("a second run must not overwrite the first").isEqualTo(1);
    assertThat(err.toString()).contains("--resume");
  }

  /** A bundle so named would take the place of what a run writes. */
  private void refusesAsAModelsName(Path out, String bundle) throws Exception {
    Path config = folder.resolve("named.yaml");
    try (Stream<Path> written = Files.list(out)) {
      List<String> names = written.map(file -> file.getFileName().toString()).toList();
      assertThat(names).contains(bundle, "lock", "state.safetensors").hasSizeGreaterThan(10);
      for (String name : names) {
        Files.writeString(config, TINY.replace("name: tiny", "name: " + name));
        ThrowingCallable reading = () -> ConfigFile.read(config);
        if (name.equals(bundle)) {
          assertThatCode(reading).doesNotThrowAnyException();
        } else {
          assertThatThrownBy(reading)
              .isInstanceOf(UserError.class)
              .hasMessageContaining("name: " + name + ": must be another");
        }
      }
    }
  }

  /** Eight of the films are of a licence that forbids learning: nothing is chosen on them. */
  @Test
  void measuresFilmsThatWereNeverTrainedOnAsFullyAsTheOthers() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 24);
    Path csv = data.resolve("labels.csv");
    List<String> rows = new ArrayList<>(Files.readAllLines(csv));
    rows.set(0, rows.get(0) + ",licence");
    for (int i = 1; i < rows.size(); i++) {
      rows.set(i, rows.get(i) + (i > 16 ? ",CC BY-NC 4.0" : ",CC BY 4.0"));
    }
    Files.write(csv, rows);
    Path config =
        Files.writeString(
            folder.resolve("train.yaml"),
            TINY.replace("    epochs: 1\n", "    epochs: 1\n    select: last\n")
                + "data: {excludeLicences: ['\\bNC\\b']}\n");
    Path out = folder.resolve("out");

    int exit =
        train("--config", config.toString(), "--data", data.toString(), "--out", out.toString());

    assertThat(exit).as(err.toString()).isZero();
    JsonNode metrics = new ObjectMapper().readTree(out.resolve("metrics.json").toFile());
    JsonNode never = metrics.get("neverTrainedOn");
    assertThat(never.get("n").asInt()).isEqualTo(6);
    assertThat(never.get("confusion")).hasSize(2);
    assertThat(never.at("/perClass/a/intervals/recall")).hasSize(2);
    List<ModelCard.Measurement> rowsOfCard =
        ModelBundle.load(out.resolve("tiny")).card().metrics().stream()
            .filter(row -> row.split().equals("never-trained-on") && row.source().equals("all"))
            .toList();
    assertThat(rowsOfCard).hasSize(1);
    assertThat(rowsOfCard.get(0).classes()).containsOnlyKeys("a", "b");
    assertThat(rowsOfCard.get(0).classes().get("a")).containsKeys("precision", "recall", "f1");
    assertThat(rowsOfCard.get(0).classes().get("a").get("recall").value())
        .isEqualTo(never.at("/perClass/a/recall").asDouble());
    assertThat(rowsOfCard.get(0).confusion().stream().flatMap(List::stream).mapToInt(n -> n).sum())
        .isEqualTo(6);
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("Films never trained on", "taken for b", "only measured")
        .contains("<p>Temperature and thresholds were chosen");
  }

  @Test
  void saysThatTheFiguresOfAnEightBitModelAreTheFloat32Networks() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    Path config = Files.writeString(folder.resolve("train.yaml"), TINY.replace("fp16", "int8"));
    Path out = folder.resolve("out");

    int exit =
        train("--config", config.toString(), "--data", data.toString(), "--out", out.toString());

    assertThat(exit).as(err.toString()).isZero();
    ModelCard card = ModelBundle.load(out.resolve("tiny")).card();
    assertThat(card.precision()).isEqualTo("int8");
    assertThat(Files.readString(out.resolve("tiny/model.json")))
        .containsSubsequence("\"int8Cost\"", "\"films\"", "\"accuracyFp32\"", "\"accuracyInt8\"")
        .containsSubsequence("\"accuracyInt8\"", "\"pointsLost\"", "\"pointsTolerated\"");
    assertThat(card.details().get("figures").toString())
        .contains("those of the float32 network, not of this int8 model");
    assertThat(Files.readString(out.resolve("report.html")))
        .contains(card.details().get("figures").toString());
  }

  @Test
  void theBundleHoldsNoPatientsIdentifier() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    Path csv = data.resolve("labels.csv");
    Files.writeString(csv, Files.readString(csv).replaceAll(",p(\\d+),here", ",MRN-77$1,here"));
    Path config = Files.writeString(folder.resolve("train.yaml"), TINY);
    Path out = folder.resolve("out");

    int exit =
        train("--config", config.toString(), "--data", data.toString(), "--out", out.toString());

    assertThat(exit).as(err.toString()).isZero();
    try (Stream<Path> bundle = Files.walk(out.resolve("tiny"))) {
      assertThat(bundle.filter(Files::isRegularFile))
          .isNotEmpty()
          .allSatisfy(
              file ->
                  assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                      .doesNotContain("MRN-77"));
    }
  }

  /** Both would take the folder for a run that was killed, and clear away what the first needs. */
  @ParameterizedTest
  @ValueSource(strings = {"", "--resume"})
  void refusesAFolderInWhichAnotherRunIsAtWork(String resume) throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    Path config = Files.writeString(folder.resolve("train.yaml"), TINY);
    Path out = Files.createDirectories(folder.resolve("out"));
    Path draft = Files.createFile(out.resolve(".state.safetensors1.part"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--config", config.toString(), "--data", data.toString(), "--out", out.toString()));
    if (!resume.isEmpty()) {
      arguments.add(resume);
    }

    Optional<Integer> exit = FolderLock.holding(out, () -> train(arguments.toArray(String[]::new)));

    assertThat(exit).contains(1);
    assertThat(err.toString())
        .isEqualTo(out + ": another run is at work there; name another --out");
    assertThat(draft).exists();
  }

  @Test
  void refusesADataFolderThatDoesNotExist() {
    assertThat(train("--data", folder.resolve("none").toString())).isEqualTo(1);

    assertThat(err.toString()).contains("--data");
  }

  /** What is wrong with the data, and what the message must hold. */
  private static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of("a damaged film", "images/3.png", "", "no image", "labels.csv:5:|3.png"),
        Arguments.of("an unknown label", CSV, "3.png,b", "3.png,c", "labels.csv:5:|\"c\"|[a, b]"),
        Arguments.of("a missing film", CSV, "/3.png", "/x.png", "labels.csv:5:|x.png|not exist"),
        Arguments.of("a film twice", CSV, "/3.png", "/2.png", "labels.csv:5:|already on line 4"),
        Arguments.of("a way out", CSV, "images/3.png", "../p.png", "labels.csv:5:|leads out of"),
        Arguments.of("a missing column", CSV, "file,label", "file,class", "labels.csv|\"label\""),
        Arguments.of("an empty class", CSV, ",b,", ",a,", "\"b\" has no training film|labels.csv"),
        Arguments.of("no validation", CSV, "here,val", "here,train", "no validation film"),
        Arguments.of("a csv that is none", "train.yaml", "labels.csv", "no.csv", "no.csv|no such"),
        Arguments.of(
            "a batch beyond all memory",
            "train.yaml",
            "batch: 4",
            "batch: 4096\n    size: 1024",
            "train.yaml|stages.batch"),
        Arguments.of(
            "a wild rate",
            "train.yaml",
            "schedule: {rate: 0.001}",
            "schedule: {rate: 10, warmUp: 0, shape: constant}\n    clip: 0\n    weightDecay: 1\n"
                + "    films: 400",
            "stage only|the loss is|schedule.rate"));
  }

  private static final String CSV = "labels.csv";

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void aMistakeEndsInOneLineAndLeavesNothingHalfWritten(
      String mistake, String file, String from, String to, String message) throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    Path config = Files.writeString(folder.resolve("train.yaml"), TINY);
    Path out = folder.resolve("out");
    Path wrong = file.equals("train.yaml") ? config : data.resolve(file);
    if (from.isEmpty()) {
      Files.writeString(wrong, to);
    } else {
      String text = Files.readString(wrong);
      assertThat(text).contains(from);
      Files.writeString(wrong, text.replace(from, to));
    }

    int exit =
        train("--config", config.toString(), "--data", data.toString(), "--out", out.toString());

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString().strip().lines()).hasSize(1);
    assertThat(err.toString()).contains(message.split("\\|"));
    if (Files.exists(out)) {
      try (Stream<Path> left = Files.walk(out)) {
        assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith("."));
      }
    }
  }
}
