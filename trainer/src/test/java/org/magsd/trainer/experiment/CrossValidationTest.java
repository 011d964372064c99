package org.magsd.trainer.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.UserError;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.fit.ConfigFile;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.SplitRule;
import org.magsd.trainer.fit.StageConfig;
import org.magsd.trainer.fit.TinyConfig;

class CrossValidationTest {
  private static final String TINY = TinyConfig.YAML.replace("epochs: 1", "epochs: 3");

  private static final String STAGES =
      TINY.replace(
          "stages:\n",
          """
          stages:
            - name: early
              data: [{labels: early.csv}]
              epochs: 1
              batch: 4
          """);

  @TempDir private Path folder;

  private CrossValidation validation(Path data, String out, BooleanSupplier interrupted)
      throws IOException {
    return validation(TINY, data, out, interrupted);
  }

  private CrossValidation validation(
      String config, Path data, String out, BooleanSupplier interrupted) throws IOException {
    return new CrossValidation(
        Files.writeString(folder.resolve("base.yaml"), config),
        data,
        folder.resolve(out),
        Optional.of(1),
        interrupted,
        new Console(new PrintStream(PrintStream.nullOutputStream()), false));
  }

  @Test
  void judgesEveryFilmOnceAndResumesToTheSameFigures() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    ObjectNode whole = validation(data, "whole", () -> false).byFolds(2).orElseThrow();
    AtomicInteger asked = new AtomicInteger();
    assertThat(validation(data, "parts", () -> asked.incrementAndGet() == 2 * 16 + 4).byFolds(2))
        .isEmpty();

    ObjectNode resumed = validation(data, "parts", () -> false).byFolds(2).orElseThrow();

    assertThat(resumed).isEqualTo(whole);
    assertThat(judged("whole/fold-1"))
        .hasSize(8)
        .doesNotContainAnyElementsOf(judged("whole/fold-2"));
    assertThat(judged("whole/fold-2")).hasSize(8);
    assertThat(whole.at("/pooled/n").asInt()).isEqualTo(16);
    assertThat(whole.at("/pooled/perClass/a/intervals/recall")).hasSize(2);
    assertThat(whole.at("/pooled/falsePositiveRate").isNumber()).isTrue();
    double first = whole.at("/parts/fold-1/accuracy").asDouble();
    double second = whole.at("/parts/fold-2/accuracy").asDouble();
    assertThat(whole.at("/overParts/accuracy/mean").asDouble()).isEqualTo((first + second) / 2);
    assertThat(whole.at("/overParts/accuracy/standardDeviation").asDouble())
        .isEqualTo(Math.abs(first - second) / Math.sqrt(2));
    StageConfig stage = ConfigFile.read(folder.resolve("whole/fold-2/train.yaml")).stages().get(0);
    assertThat(stage.split()).isEqualTo(new SplitRule.ByFold(2, 2));
    assertThat(stage.select()).isEqualTo(StageConfig.Select.LAST);
    assertThat(Files.readString(folder.resolve("whole/cross-validation.md")))
        .contains("| here | 16 |", "± ", "taken for b", "scikit-learn");
  }

  private List<String> judged(String part) throws IOException {
    JsonNode result = new ObjectMapper().readTree(folder.resolve(part + "/result.json").toFile());
    List<String> names = new ArrayList<>();
    result.get("validation").forEach(film -> names.add(film.get("name").asText()));
    return names;
  }

  @Test
  void noEarlierStageLearnsFromTheSourceThatIsHeldOut() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 24);
    StringBuilder late = new StringBuilder("file,label,patient_id,source_repo,split\n");
    StringBuilder early = new StringBuilder(late);
    for (int i = 0; i < 24; i++) {
      // Each source has patients that the late stage does not know.
      (i < 12 ? late : early)
          .append(
              "images/%d.png,%s,p%d,%s,%s%n"
                  .formatted(
                      i,
                      i % 2 == 0 ? "a" : "b",
                      i,
                      i % 4 < 2 ? "north" : "south",
                      i < 16 ? "val" : "train"));
    }
    Files.writeString(data.resolve("labels.csv"), late);
    Files.writeString(data.resolve("early.csv"), early);

    assertThat(validation(STAGES, data, "held", () -> false).bySource()).isPresent();

    for (String source : List.of("north", "south")) {
      JsonNode manifest =
          new ObjectMapper()
              .readTree(folder.resolve("held/without-" + source + "/manifest.json").toFile());
      assertThat(manifest.at("/stages/0/name").asText()).isEqualTo("early");
      List<String> learnt = new ArrayList<>();
      manifest
          .at("/stages/0/films")
          .forEach(
              film -> {
                if (film.get("side").asText().equals("train")) {
                  learnt.add(film.get("source").asText());
                }
              });
      assertThat(learnt).as("without " + source).isNotEmpty().doesNotContain(source);
    }
  }

  @Test
  void holdsOutEachSourceWithoutWhichAllClassesCanStillBeLearnt() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 24);
    StringBuilder csv = new StringBuilder("file,label,patient_id,source_repo\n");
    for (int i = 0; i < 24; i++) {
      // All of class b is in the north and the south; the far east has class a only.
      String source = i < 8 ? "north" : i < 16 ? "south" : "far east";
      String label = i < 16 && i % 2 == 1 ? "b" : "a";
      csv.append("images/%d.png,%s,p%d,%s%n".formatted(i, label, i, source));
    }
    Files.writeString(data.resolve("labels.csv"), csv);

    ObjectNode json = validation(data, "sources", () -> false).bySource().orElseThrow();

    assertThat(json.at("/parts/without-north/n").asInt()).isEqualTo(8);
    assertThat(json.at("/parts/without-far-east-abc7d7f8/perSource/far east/n").asInt())
        .isEqualTo(8);
    assertThat(json.at("/pooled/n").asInt()).isEqualTo(24);
    assertThat(json.get("notHeldOut")).isEmpty();

    Files.writeString(
        data.resolve("labels.csv"), csv.toString().replaceAll("b,(p\\d+),south", "a,$1,south"));
    ObjectNode fewer = validation(data, "fewer", () -> false).bySource().orElseThrow();

    assertThat(fewer.at("/notHeldOut/north").asText())
        .contains("without it class \"b\" has no training film in");
    assertThat(fewer.get("parts")).hasSize(2);
    assertThat(Files.readString(folder.resolve("fewer/cross-validation.md")))
        .contains("north was not held out");
  }

  /**
   * Sixteen films of as many patients, half of them in the north, and for the early stage six of
   * other films. Of those of class b to learn from it has two, of the given patients.
   */
  private Path twoStages(String patientOfOne, String patientOfOther) throws IOException {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 22);
    StringBuilder late = new StringBuilder("file,label,patient_id,source_repo\n");
    for (int i = 0; i < 16; i++) {
      String source = i < 8 ? "north" : "south";
      late.append("images/%d.png,%s,p%d,%s%n".formatted(i, i % 2 == 0 ? "a" : "b", i, source));
    }
    Files.writeString(data.resolve("labels.csv"), late);
    Files.writeString(
        data.resolve("early.csv"),
        """
        file,label,patient_id,source_repo,split
        images/16.png,a,q1,elsewhere,train
        images/17.png,b,%s,elsewhere,train
        images/18.png,a,q2,elsewhere,train
        images/19.png,b,%s,elsewhere,train
        images/20.png,a,q3,elsewhere,val
        images/21.png,b,q4,elsewhere,val
        """
            .formatted(patientOfOne, patientOfOther));
    return data;
  }

  /** Their other films are of the source that would be judged by. */
  @Test
  void leavesASourceInWhosePatientsAnEarlierStageCannotDoWithout() throws Exception {
    Path data = twoStages("p1", "p3");

    ObjectNode json = validation(STAGES, data, "out", () -> false).bySource().orElseThrow();

    assertThat(json.at("/notHeldOut/north").asText())
        .startsWith("without it class \"b\" has no training film in ")
        .endsWith("early.csv");
    assertThat(json.get("notHeldOut")).hasSize(1);
    assertThat(json.get("parts")).hasSize(1);
    assertThat(json.at("/parts/without-south/n").asInt()).isEqualTo(8);
  }

  @Test
  void refusesAFoldWhosePatientsAnEarlierStageCannotDoWithoutBeforeAnythingIsWritten()
      throws Exception {
    Path data = twoStages("p1", "p1");

    assertThatThrownBy(() -> validation(STAGES, data, "out", () -> false).byFolds(2))
        .isInstanceOf(UserError.class)
        .hasMessageMatching(
            ".*base.yaml: fold [12] of 2: class \"b\" has no training film in .*early.csv");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void refusesAnEarlierStageWhoseOwnDivisionLeavesItNothingOfAClassBeforeAnythingIsWritten()
      throws Exception {
    Path data = twoStages("q5", "q6");
    Path early = data.resolve("early.csv");
    Files.writeString(early, Files.readString(early).replaceAll("(,b,.*),train", "$1,val"));

    assertThatThrownBy(() -> validation(STAGES, data, "out", () -> false).bySource())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no source of the last stage can be held out");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aLabelMeansWhatItsOwnCsvMapsItToWhereSourcesAreHeldOut() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    String header = "file,label,patient_id,source_repo\n";
    for (int half = 0; half < 2; half++) {
      StringBuilder csv = new StringBuilder(header);
      for (int i = 8 * half; i < 8 * (half + 1); i++) {
        csv.append("images/%d.png,1,p%d,%s%n".formatted(i, i, i % 2 == 0 ? "north" : "south"));
      }
      Files.writeString(data.resolve(half == 0 ? "ill.csv" : "well.csv"), csv);
    }
    String mapped =
        TINY.replace(
            "{labels: labels.csv}",
            "{labels: ill.csv, map: {\"1\": a}}, {labels: well.csv, map: {\"1\": b}}");

    ObjectNode json = validation(mapped, data, "mapped", () -> false).bySource().orElseThrow();

    assertThat(json.get("notHeldOut")).isEmpty();
    assertThat(json.get("parts")).hasSize(2);
    assertThat(json.at("/pooled/perClass/b/n").asInt()).isEqualTo(8);
  }

  @Test
  void trainsAPartForEachSourceThoughTheirNamesDifferInSignsThatNoFolderBears() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    List<String> sources = List.of("\u6771\u4eac", "\u5927\u962a", "ward_7", "ward-7");
    StringBuilder csv = new StringBuilder("file,label,patient_id,source_repo\n");
    for (int i = 0; i < 16; i++) {
      csv.append(
          "images/%d.png,%s,p%d,%s%n".formatted(i, i % 2 == 0 ? "a" : "b", i, sources.get(i / 4)));
    }
    Files.writeString(data.resolve("labels.csv"), csv);

    ObjectNode json = validation(data, "alike", () -> false).bySource().orElseThrow();

    assertThat(json.get("parts")).hasSize(4);
    assertThat(json.at("/pooled/n").asInt()).isEqualTo(16);
    assertThat(json.at("/parts/without-ward-7/n").asInt()).isEqualTo(4);
  }

  @Test
  void refusesAClassOfOnePatientBeforeAnythingIsWritten() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 8);
    StringBuilder csv = new StringBuilder("file,label,patient_id,source_repo\n");
    for (int i = 0; i < 8; i++) {
      csv.append("images/%d.png,%s,p%d,here%n".formatted(i, i < 6 ? "a" : "b", Math.min(i, 6)));
    }
    Files.writeString(data.resolve("labels.csv"), csv);

    assertThatThrownBy(() -> validation(data, "out", () -> false).byFolds(4))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("base.yaml: fold 3 of 4: class \"b\" has no training film in");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void refusesMoreFoldsThanPatientsBeforeAnythingIsWritten() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 8);
    StringBuilder csv = new StringBuilder("file,label,patient_id,source_repo\n");
    for (int i = 0; i < 8; i++) {
      csv.append("images/%d.png,%s,p%d,here%n".formatted(i, i < 4 ? "a" : "b", i / 2));
    }
    Files.writeString(data.resolve("labels.csv"), csv);

    assertThatThrownBy(() -> validation(data, "out", () -> false).byFolds(5))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("fold 5 of 5: there is no validation film");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  /** Patients fall into folds by their first films, whatever their others show. */
  @Test
  void refusesAClassWhosePatientsAreAllInOneFoldBeforeAnythingIsWritten() throws Exception {
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 8);
    StringBuilder csv = new StringBuilder("file,label,patient_id,source_repo\n");
    for (int i = 0; i < 8; i++) {
      // The seed puts p1 and p3 into the second fold.
      csv.append("images/%d.png,%s,p%d,here%n".formatted(i, i == 3 || i == 7 ? "b" : "a", i / 2));
    }
    Files.writeString(data.resolve("labels.csv"), csv);

    assertThatThrownBy(() -> validation(data, "out", () -> false).byFolds(2))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("fold 2 of 2: class \"b\" has no training film in");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void takesFilmsThatTwoCsvsNameAlikeForThoseOfTwoPatients() throws Exception {
    Path data = folder.resolve("data");
    for (String place : List.of("north", "south")) {
      Films.folder(data.resolve(place), List.of("a", "b"), 2);
      Files.writeString(
          data.resolve(place).resolve("labels.csv"),
          "file,label,source_repo\nimages/0.png,a,%s\nimages/1.png,b,%s\n".formatted(place, place));
    }
    Films.png(data.resolve("south/images/0.png"), Films.picture(48, 40, 2));
    Films.png(data.resolve("south/images/1.png"), Films.picture(48, 40, 3));
    String both =
        TINY.replace(
            "{labels: labels.csv}", "{labels: north/labels.csv}, {labels: south/labels.csv}");

    ObjectNode json = validation(both, data, "out", () -> false).byFolds(2).orElseThrow();

    assertThat(json.at("/pooled/n").asInt()).isEqualTo(4);
  }

  @Test
  void refusesLabelsFromATopicBeforeAnythingIsWritten() {
    String topic =
        TINY.replace("{labels: labels.csv}", "{topic: training.labels, bootstrapServers: k:9093}");

    assertThatThrownBy(() -> validation(topic, folder, "out", () -> false).byFolds(2))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("base.yaml: labels from a topic", "name the csv");
    assertThatThrownBy(() -> validation(topic, folder, "out", () -> false).bySource())
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("base.yaml: labels from a topic", "name the csv");
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
