package org.magsd.trainer.experiment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.UserError;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.fit.ConfigFile;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.LossMode;
import org.magsd.trainer.fit.StageConfig;
import org.magsd.trainer.fit.TrainConfig;

class AblationTest {
  private static final String TINY =
      """
      name: tiny
      classes:
        - {name: a, display: A, finding: true, snomed: "233604007", snomedDisplay: Pneumonia}
        - {name: b, display: B, finding: false, snomed: "281900007", snomedDisplay: Nothing}
      preprocessing: {size: 32}
      network: {maps: 2, scales: 2}
      machine: {threads: 1}
      stages:
        - name: first
          data: [{labels: labels.csv}]
          epochs: 1
          batch: 4
          schedule: {rate: 0.001}
        - name: second
          data: [{labels: labels.csv}]
          epochs: 2
          batch: 4
          loss: soft-distance
          headFactor: 0.1
          schedule: {rate: 0.001, shape: step, steps: [1], warmUp: 0.5}
      """;

  /** After each, which is read once for each training, a run is asked whether to stop. */
  private static final int FILMS = 16;

  @TempDir private Path folder;
  private Path data;
  private Path base;

  @BeforeEach
  void sixteenFilms() throws IOException {
    data = Films.folder(folder.resolve("data"), List.of("a", "b"), FILMS);
    base = Files.writeString(folder.resolve("base.yaml"), TINY);
  }

  private Optional<ObjectNode> run(String out, Ablation.Budget budget, BooleanSupplier interrupted)
      throws Exception {
    Console console = new Console(new PrintStream(PrintStream.nullOutputStream()), false);
    return new Ablation(
            base, data, folder.resolve(out), budget, Optional.of(1), interrupted, console)
        .run();
  }

  private StageConfig last(String part) {
    return config(part).stages().get(1);
  }

  private TrainConfig config(String part) {
    return ConfigFile.read(folder.resolve(part).resolve("train.yaml"));
  }

  private void variesOnlyWhatTheVariantNames(String out) {
    assertThat(config(out + "/backbone").network().scales()).isZero();
    assertThat(last(out + "/backbone").headFactor()).isEqualTo(1);
    for (String part : List.of("/attention", "/augmentation", "/soft-distance")) {
      assertThat(config(out + part).network().scales()).isEqualTo(2);
      assertThat(last(out + part).headFactor()).isEqualTo(0.1);
    }
    assertThat(last(out + "/attention").loss()).isEqualTo(LossMode.PLAIN);
    assertThat(last(out + "/augmentation").loss()).isEqualTo(LossMode.COPIES);
    assertThat(last(out + "/soft-distance").loss()).isEqualTo(LossMode.SOFT_DISTANCE);
    assertThat(last(out + "/soft-distance").select()).isEqualTo(StageConfig.Select.LAST);
  }

  @Test
  void comparesFourVariantsAndResumesToTheSameFigures() throws Exception {
    ObjectNode whole = run("whole", Ablation.Budget.EPOCHS, () -> false).orElseThrow();
    AtomicInteger asked = new AtomicInteger();
    assertThat(
            run("parts", Ablation.Budget.EPOCHS, () -> asked.incrementAndGet() == 3 * FILMS + 10))
        .isEmpty();
    assertThat(folder.resolve("parts/backbone/result.json")).exists();

    ObjectNode resumed = run("parts", Ablation.Budget.EPOCHS, () -> false).orElseThrow();

    variesOnlyWhatTheVariantNames("whole");
    JsonNode variants = whole.get("variants");
    assertThat(variants).hasSize(4);
    for (int i = 0; i < 4; i++) {
      assertThat(resumed.at("/variants/" + i + "/validation"))
          .isEqualTo(variants.get(i).get("validation"));
    }
    assertThat(resumed.at("/variants/3/differences")).isEqualTo(variants.at("/3/differences"));
    assertThat(variants.at("/3/differences/before/to").asText()).isEqualTo("augmentation");
    assertThat(variants.at("/3/differences/backbone/validation/macroF1").isObject()).isTrue();
    // 12 films: an epoch of the first stage, then one of the second.
    assertThat(variants.at("/0/filmPasses").asInt()).isEqualTo(24);
    assertThat(variants.at("/1/filmPasses").asInt()).isEqualTo(24);
    assertThat(variants.at("/2/filmPasses").asInt()).isEqualTo(12 + 48);
    assertThat(variants.at("/3/filmPasses").asInt()).isEqualTo(12 + 48);
    JsonNode result =
        new ObjectMapper().readTree(folder.resolve("whole/backbone/result.json").toFile());
    double learning = 0;
    for (JsonNode epoch : result.get("history")) {
      learning += epoch.get("seconds").asDouble();
    }
    assertThat(variants.at("/0/seconds").asDouble())
        .as("of reading and judging as well")
        .isEqualTo(result.get("seconds").asDouble())
        .isGreaterThan(learning);
    assertThat(Files.readString(folder.resolve("whole/ablation.md")))
        .contains("| plain backbone | 1 | 24 |", "+ soft-distance loss", "here, 4 films");
    assertThat(Files.readString(folder.resolve("whole/ablation.html")))
        .contains("+ soft-distance loss", "</table>")
        .doesNotContain("src=", "href=");
  }

  @Test
  void givesVariantsWithoutCopiesFourTimesTheEpochsForTheSamePasses() throws Exception {
    data = Films.folder(folder.resolve("few"), List.of("a", "b"), 8);
    ObjectNode json = run("passes", Ablation.Budget.PASSES, () -> false).orElseThrow();

    assertThat(json.at("/variants/1/filmPasses")).isEqualTo(json.at("/variants/3/filmPasses"));
    assertThat(last("passes/attention").epochs()).isEqualTo(4);
    assertThat(last("passes/attention").schedule().steps()).containsExactly(4.0);
    assertThat(last("passes/attention").schedule().warmUp()).isEqualTo(2);
    assertThat(last("passes/soft-distance").epochs()).isEqualTo(1);
  }

  @Test
  void sharesTheWorkWithOthersThatRunBesideIt() throws Exception {
    ObjectNode alone = run("alone", Ablation.Budget.EPOCHS, () -> false).orElseThrow();
    List<String> said = Collections.synchronizedList(new ArrayList<>());
    ExecutorService processes = Executors.newFixedThreadPool(3);
    List<Future<ObjectNode>> results = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      results.add(processes.submit(() -> runHeard("shared", said)));
    }

    for (Future<ObjectNode> result : results) {
      assertThat(result.get().get("variants").toString())
          .isEqualTo(results.get(0).get().get("variants").toString());
      assertThat(result.get().at("/variants/3/validation"))
          .isEqualTo(alone.at("/variants/3/validation"));
    }
    processes.shutdown();
    assertThat(said)
        .filteredOn(line -> !line.startsWith("before-"))
        .filteredOn(List.of("backbone", "attention", "augmentation", "soft-distance")::contains)
        .containsExactlyInAnyOrder("backbone", "attention", "augmentation", "soft-distance");
  }

  private ObjectNode runHeard(String out, List<String> said) throws Exception {
    ByteArrayOutputStream heard = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(heard, true, UTF_8), false);
    ObjectNode result =
        new Ablation(
                base,
                data,
                folder.resolve(out),
                Ablation.Budget.EPOCHS,
                Optional.of(1),
                () -> false,
                console)
            .run()
            .orElseThrow();
    heard.toString(UTF_8).lines().forEach(said::add);
    return result;
  }

  /** Their settings may hold secrets, and each part has a copy of its configuration. */
  @Test
  void refusesLabelsFromATopicBeforeAnythingIsWritten() throws Exception {
    Files.writeString(
        base,
        TINY.replaceFirst(
            "\\{labels: labels.csv}",
            "{labels: labels.csv}, {topic: training.labels, bootstrapServers: kafka:9093}"));

    assertThatThrownBy(() -> run("out", Ablation.Budget.EPOCHS, () -> false))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("base.yaml: labels from a topic", "name the csv");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void refusesAFolderOfAnotherConfiguration() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    assertThat(run("out", Ablation.Budget.EPOCHS, () -> asked.incrementAndGet() == FILMS + 1))
        .isEmpty();
    Files.writeString(base, TINY + "seed: 9\n");

    assertThatThrownBy(() -> run("out", Ablation.Budget.EPOCHS, () -> false))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("train.yaml", "another configuration");
  }
}
