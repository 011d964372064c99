package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.UserError;
import org.magsd.inference.model.Preprocessing;
import org.magsd.trainer.data.Balance;
import org.magsd.trainer.export.BundleExport;

class ConfigFileTest {
  static final String SMALLEST =
      """
      name: small
      classes:
        - {name: a, display: A, finding: true, snomed: "233604007", snomedDisplay: Pneumonia}
        - {name: b, display: B, finding: false, snomed: "281900007", snomedDisplay: Nothing}
      stages:
        - name: only
          data: [{labels: labels.csv}]
      """;

  @TempDir private Path folder;

  private TrainConfig read(String yaml) throws IOException {
    Path file = folder.resolve("train.yaml");
    Files.writeString(file, yaml);
    return ConfigFile.read(file);
  }

  @Test
  void fillsInDefaults() throws IOException {
    TrainConfig config = read(SMALLEST);

    assertThat(config.seed()).isEqualTo(1);
    assertThat(config.preprocessing().size()).isEqualTo(224);
    assertThat(config.network().maps()).isEqualTo(32);
    assertThat(config.augmentation().rotation()).isEqualTo(10);
    assertThat(config.card().precision()).isEqualTo(BundleExport.Precision.FP32);
    StageConfig stage = config.stages().get(0);
    assertThat(stage.split()).isEqualTo(new SplitRule.ByColumn("train", "val"));
    assertThat(stage.momentum()).isEqualTo(0.9);
    assertThat(stage.weightDecay()).isEqualTo(0.0005);
    assertThat(stage.balance()).isEqualTo(Balance.CLASS_AND_SOURCE);
  }

  @Test
  void readsTheShippedConfiguration() {
    TrainConfig config = ConfigFile.read(Path.of("..", "config", "train.yaml"));

    assertThat(config.classNames()).containsExactly("covid19", "pneumonia", "normal");
    assertThat(config.data().excludeLicences()).containsExactly("\\bNC\\b");
    assertThat(config.data().source("copy of ieee8023/covid-chestxray-dataset")).isEqualTo("cohen");
    assertThat(config.preprocessing().resample()).isEqualTo(Preprocessing.Resample.AREA);
    assertThat(config.stages().get(0).classes())
        .contains(List.of("normal", "bacterial-pneumonia", "viral-pneumonia"));
    assertThat(config.stages().get(1).styleMixing()).isEqualTo(0.5);
  }

  @Test
  void takesAnotherSplitRuleWhole() throws IOException {
    TrainConfig config = read(SMALLEST + "    split: {by: share, share: 0.2}\n");

    assertThat(config.stages().get(0).split()).isEqualTo(new SplitRule.ByShare(0.2));
  }

  @Test
  void namesKeyAndValueItRefuses() {
    List.of(
            List.of("    epochs: 0\n", "stages[0]", "epochs: 0"),
            List.of("    momentum: 1\n", "stages[0]", "momentum: 1.0"),
            List.of("    learningRate: 1\n", "stages[0]", "learningRate"),
            List.of("    classWeights: balanced\n", "classWeights: balanced", "balance to none"),
            List.of("    split: {by: fold, folds: 3, fold: 4}\n", "split.fold: 4", "1..3"),
            List.of("    loss: magic\n", "loss", "magic"),
            List.of("network: {backbone: 19}\n", "network", "backbone: 19"),
            List.of("preprocessing: {size: 100}\n", "preprocessing.size: 100"),
            List.of("preprocessing: {size: 1664}\n", "preprocessing.size: 1664", "1638 at most"),
            List.of("    size: 128\n", "stages.size: 128", "the last stage", "224"),
            List.of("    films: 1\n", "stages[0]", "films: 1"),
            List.of("    classes: [a]\n", "classes: [a]"),
            List.of("    classes: [a, a]\n", "classes: [a, a]"),
            List.of("    classes: [b, a]\n", "stages.classes: [b, a]", "in their order: [a, b]"),
            List.of("    classes: [a, c]\n", "stages.classes: [a, c]", "the last stage"),
            List.of("  - {name: only, data: [{labels: b.csv}]}\n", "stages.name", "different"),
            List.of(
                "  - {name: b, data: [{labels: l.csv, map: {x: c}}]}\n", "labels.x: c", "[a, b]"),
            List.of("    split: {by: source}\n", "split.source: null", "a source's name"),
            List.of("stages: {}\n", "stages"),
            List.of("machine:\n", "machine: nothing"),
            List.of("data:\n", "data: nothing"),
            List.of("augmentation:\n", "augmentation: nothing"),
            List.of("data: {excludeLicences: ['*NC']}\n", "excludeLicences: *NC"),
            List.of("data: {sources: [{name: x}]}\n", "part: null"),
            List.of("augmentation: {flipVertical: 3}\n", "augmentation.flipVertical: 3.0"))
        .forEach(
            wrong ->
                assertThatThrownBy(() -> read(SMALLEST + wrong.get(0)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("train.yaml")
                    .hasMessageContainingAll(
                        wrong.subList(1, wrong.size()).toArray(String[]::new)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          seed: many               | seed: many is not a whole number
          seed: 1.5                | seed: 1.5 is not a whole number
          seed:                    | seed: is not a whole number
          seed: 99999999999999999999 | seed: is too large or too small a number
          preprocessing: {size: [1]} | preprocessing.size: is not a whole number
          augmentation: {gamma: x} | augmentation.gamma: x is not a number
          network: 7               | network: is not a section of keys and values
          data: {sources: cohen}   | data.sources: is not a list
          data: {sources: [cohen]} | data.sources[0]: is not a section of keys and values
          seeds: 1                 | seeds is not a known key
          card: {precision: fp8}   | card.precision: fp8 is not one of [fp32, fp16, int8]
          machine: {device: [cpu]} | machine.device: is not one of [cpu, cuda]
          """)
  void saysInPlainWordsWhatIsOfTheWrongType(String wrong, String message) {
    assertThatThrownBy(() -> read(SMALLEST + wrong + "\n"))
        .isInstanceOf(UserError.class)
        .hasMessage(folder.resolve("train.yaml") + ": " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          epochs: many             | epochs: many is not a whole number
          classes: a               | classes: is not a list
          loss: magic              | loss: magic is not one of [plain, copies, soft-distance]
          learningRate: 1          | learningRate is not a known key
          schedule: {shape: flat}  | schedule.shape: flat is not one of [constant, step, cosine]
          split: share             | split: has no key by
          split: {share: 0.2}      | split: has no key by
          split: {by: day}         | split: day is not one of [column, fold, share, source]
          """)
  void saysSoOfAStageToo(String wrong, String message) {
    assertThatThrownBy(() -> read(SMALLEST + "    " + wrong + "\n"))
        .isInstanceOf(UserError.class)
        .hasMessage(folder.resolve("train.yaml") + ": stages[0]." + message);
  }

  @Test
  void refusesASourceOfLabelsThatNamesNeitherCsvNorTopic() {
    assertThatThrownBy(() -> read(SMALLEST.replace("{labels: labels.csv}", "{map: {x: a}}")))
        .isInstanceOf(UserError.class)
        .hasMessage(
            folder.resolve("train.yaml")
                + ": stages[0].data[0]: has keys that do not tell which of its forms it is");
  }

  /** Each of these would have trained, and then been refused by the card or the service. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name: a,           | name: lobar pneumonia,  | classes[0]: classes.name: lobar pneumonia
          display: A,        |                         | classes[0]: classes.display: null
          snomedDisplay: Pneumonia | snomedDisplay: " " | classes[0]: classes.snomedDisplay:
          233604007          | 233604008               | classes[0]: classes.snomed: 233604008
          233604007          | unknown                 | classes[0]: classes.snomed: unknown
          """)
  void refusesAClassThatNoModelCardTakes(String right, String wrong, String message) {
    String yaml = SMALLEST.replaceFirst(right, wrong == null ? "" : wrong);
    assertThat(yaml).isNotEqualTo(SMALLEST);

    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("train.yaml: " + message);
  }

  @Test
  void saysHowALabelIsLearntThatNoClassCanBear() {
    assertThatThrownBy(() -> read(SMALLEST.replace("name: a,", "name: lobar pneumonia,")))
        .isInstanceOf(UserError.class)
        .hasMessageEndingWith("other labels of a csv stand for a class by data.map");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lock", "state.safetensors", "labels-0123456789ab"})
  void refusesANameThatTheRunsFolderHasForSomethingElse(String name) {
    assertThatThrownBy(() -> read(SMALLEST.replace("name: small", "name: " + name)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("name: " + name + ": must be another");
  }

  @Test
  void refusesANameTooLongForAModelCard() {
    assertThatThrownBy(() -> read(SMALLEST.replace("small", "s".repeat(101))))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("name: sss");
  }

  @Test
  void takesTheLargestSideThatFilmsCanBeKeptFor() throws IOException {
    TrainConfig config = read(SMALLEST + "preprocessing: {size: 1632}\n");

    assertThat(config.preprocessing().size()).isEqualTo(1632);
  }

  @Test
  void namesTheLineThatIsNotYaml() {
    assertThatThrownBy(() -> read("name: [\n  a: {"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("line ");
  }

  @Test
  void refusesAKeyThatIsGivenTwiceAndASecondDocument() {
    assertThatThrownBy(() -> read(SMALLEST + "    epochs: 1\n    epochs: 2\n"))
        .isInstanceOf(UserError.class)
        .hasMessage(
            folder.resolve("train.yaml") + ": stages[0].epochs is given a second time (line 9)");
    assertThatThrownBy(() -> read(SMALLEST + "---\nseed: 2\n"))
        .isInstanceOf(UserError.class)
        .hasMessageEndingWith("train.yaml: something follows after the document's end (line 9)");
  }

  @Test
  void refusesAFileThatDoesNotExist() {
    assertThatThrownBy(() -> ConfigFile.read(folder.resolve("none.yaml")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no such configuration");
  }
}
