package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.engine.Engine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.UserError;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.net.Initialisation;
import org.magsd.trainer.net.ParameterList;
import org.magsd.trainer.weights.Checkpoint;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

class TrainingTest {
  private static final String TINY =
      ConfigFileTest.SMALLEST
          + """
              epochs: 2
              batch: 4
              loss: soft-distance
              average: 0.9
              schedule: {rate: 0.001}
          preprocessing: {size: 32}
          network: {maps: 2}
          machine: {threads: 1}
          """;

  private static final String TWICE = TINY.replace("epochs:", "runs: 2\n    epochs:");

  /** With a second stage behind a first of one epoch. */
  private static final String FOLLOWED =
      TINY.replace(
              "preprocessing:",
              "  - {name: then, data: [{labels: labels.csv}]}\n" + "preprocessing:")
          .replace("epochs: 2", "epochs: 1");

  private static final String STATISTICS = "resnet_encoder.1.running_mean";

  /**
   * After each, as after each batch and before each that is judged, it is asked whether to stop.
   */
  private static final int FILMS = 16;

  /** Batches of an epoch; its films to judge by are one batch more. */
  private static final int BATCHES = 3;

  @TempDir private Path folder;
  private Path data;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @BeforeEach
  void sixteenFilms() {
    data = Films.folder(folder.resolve("data"), List.of("a", "b"), FILMS);
  }

  private TrainConfig config(String yaml) throws IOException {
    Path file = folder.resolve("train.yaml");
    Files.writeString(file, yaml);
    return ConfigFile.read(file);
  }

  private Training training(String yaml, String out, BooleanSupplier interrupted)
      throws IOException {
    return new Training(
        config(yaml),
        "digest of " + yaml.length(),
        data,
        folder.resolve(out),
        interrupted,
        console());
  }

  private Console console() {
    return new Console(new PrintStream(said, true, StandardCharsets.UTF_8), false);
  }

  @Test
  void resumesToTheBitWhereverItWasInterrupted() throws Exception {
    Training.Result whole = training(TINY, "whole", () -> false).run(false);
    AtomicInteger asked = new AtomicInteger();
    Training.Result part =
        training(TINY, "parts", () -> asked.incrementAndGet() == FILMS + 2).run(false);
    assertThat(part.finished()).isFalse();

    Training.Result resumed = training(TINY, "parts", () -> false).run(true);

    assertSame(resumed, whole);
    assertThat(resumed.started()).isEqualTo(part.started());
    assertThat(part.seconds()).isPositive();
    assertThat(resumed.seconds()).as("over both sessions").isGreaterThan(part.seconds());
  }

  /** Where statistics are measured, each of their batches is prepared, and then passed through. */
  @ParameterizedTest
  @CsvSource({"running, 1", "varied, 1", "varied, 4", "unvaried, 7"})
  void losesNothingOfAnEpochThatIsBeingJudgedWhenInterrupted(String statistics, int at)
      throws Exception {
    String measuring =
        TINY.replace("loss: soft-distance", "loss: plain\n    statistics: " + statistics);
    Training.Result whole = training(measuring, "whole", () -> false).run(false);
    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier judging = () -> asked.incrementAndGet() >= FILMS + BATCHES + at;
    assertThat(training(measuring, "judged", judging).run(false).finished()).isFalse();
    Position kept = TrainingState.load(folder.resolve("judged")).orElseThrow().position();
    assertThat(kept.epoch()).as("epochs done").isZero();
    assertThat(kept.batch()).as("batches of the epoch that was judged").isEqualTo(BATCHES);

    assertSame(training(measuring, "judged", () -> false).run(true), whole);
  }

  @Test
  void losesNothingOfARunThatIsBeingJudgedAtItsEndWhenInterrupted() throws Exception {
    Training.Result whole = training(TINY, "whole", () -> false).run(false);
    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier ending = () -> asked.incrementAndGet() > FILMS + 2 * (BATCHES + 1);
    Training ended = training(TINY, "ended", ending);
    assertThatThrownBy(() -> ended.run(false)).isInstanceOf(CancellationException.class);
    assertThat(TrainingState.load(folder.resolve("ended")).orElseThrow().position().epoch())
        .isEqualTo(2);

    assertSame(training(TINY, "ended", () -> false).run(true), whole);
  }

  /** The second run is a run of another seed from the same weights. */
  @Test
  void leavesTheMeanOfAStagesRunsWithStatisticsOfItsOwn() throws Exception {
    TensorMap fresh = Initialisation.random(config(TINY).network().of(2), 1);
    Path file = folder.resolve("fresh.safetensors");
    new Checkpoint(fresh, Map.of("content", "test")).save(file);
    TensorMap one = training(TINY, "one", () -> false).run(false).weights();
    String second = TINY + "seed: 1000000008\nweights: " + file + "\n";
    TensorMap other = training(second, "other", () -> false).run(false).weights();

    Training.Result both = training(TWICE, "both", () -> false).run(false);

    for (var spec : ParameterList.of(config(TINY).network().of(2))) {
      float[] mean = both.weights().get(spec.name()).values();
      double off = 0;
      for (int i = 0; i < mean.length; i++) {
        float between = (one.get(spec.name()).values()[i] + other.get(spec.name()).values()[i]) / 2;
        off = Math.max(off, Math.abs(mean[i] - between));
      }
      if (spec.role().trained()) {
        assertThat(off).as(spec.name()).isLessThan(1e-6);
      } else {
        assertThat(off).as(spec.name()).isGreaterThan(1e-6);
      }
    }
    assertThat(both.history()).extracting(EpochRecord::epoch).containsExactly(1, 2, 3, 4);
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("only run 2/2 epoch 1/2", "only, mean of 2 runs | validation loss");
  }

  /** In the second run, and when all is done. */
  @Test
  void resumesAStageOfSeveralRunsToTheBit() throws Exception {
    Training.Result whole = training(TWICE, "whole", () -> false).run(false);
    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier inTheSecond = () -> asked.incrementAndGet() >= FILMS + 2 * (BATCHES + 1) + 2;
    assertThat(training(TWICE, "parts", inTheSecond).run(false).finished()).isFalse();

    assertSame(training(TWICE, "parts", () -> false).run(true), whole);
    assertSame(training(TWICE, "parts", () -> false).run(true), whole);
  }

  /** At the first of the films that the mean's statistics are measured on, and at no other time. */
  private TrainingState meanInterrupted(String out) throws Exception {
    AtomicInteger asked = new AtomicInteger();
    int at = FILMS + 4 * (BATCHES + 1) + 1;
    Training once = training(TWICE, out, () -> asked.incrementAndGet() == at);
    assertThat(once.run(false).finished()).isFalse();
    return TrainingState.load(folder.resolve(out)).orElseThrow();
  }

  @Test
  void isNotDoneBeforeTheMeanOfItsRunsIs() throws Exception {
    TrainingState kept = meanInterrupted("once");

    assertThat(kept.position().run()).as("runs counted").isEqualTo(1);
    assertThat(kept.position().batch()).isZero();
    assertThat(training(TWICE, "once", () -> false).run(true).finished()).isTrue();
  }

  @Test
  void saysThatItIsTheMeanOfRunsWhoseLossIsNoNumber() throws Exception {
    TrainingState kept = meanInterrupted("spoilt");
    kept.runs().orElseThrow().mean().get("fc.weight").values()[0] = Float.NaN;
    kept.save(folder.resolve("spoilt"));

    assertThatThrownBy(() -> training(TWICE, "spoilt", () -> false).run(true))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("stage only, mean of 2 runs: the validation loss is NaN; ")
        .hasMessageNotContaining("batch");
  }

  @Test
  void countsTheSecondsOfAnEpochOverAllItsSessions() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier slow =
        () -> {
          LockSupport.parkNanos(asked.incrementAndGet() > FILMS ? 100_000_000 : 0);
          return asked.get() == FILMS + 2;
        };
    training(TINY, "parts", slow).run(false);
    double before =
        TrainingState.load(folder.resolve("parts")).orElseThrow().position().epochSeconds();

    EpochRecord epoch = training(TINY, "parts", () -> false).run(true).history().get(0);

    assertThat(before).as("two batches").isGreaterThan(0.15);
    assertThat(epoch.seconds()).isGreaterThan(before);
    assertThat(epoch.filmsPerSecond()).isEqualTo(epoch.films() / epoch.seconds());
    assertThat(epoch.waitShare()).isBetween(0.0, 1.0);
  }

  /** What it leaves is judged by whoever goes on with it. */
  @Test
  void judgesNothingAtTheEndOfWhatIsOnlyPrepared() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier counting = () -> asked.incrementAndGet() < 0;

    assertThat(training(FOLLOWED, "prepared", counting).prepare(false)).isTrue();

    assertThat(asked).as("films read, batches learnt, one judged").hasValue(FILMS + BATCHES + 1);
  }

  /** But for the clock. */
  private static void assertSame(Training.Result one, Training.Result other) {
    assertThat(one.finished()).isTrue();
    one.weights()
        .asMap()
        .forEach(
            (name, tensor) ->
                assertThat(other.weights().get(name).values()).as(name).isEqualTo(tensor.values()));
    assertThat(one.validation()).isEqualTo(other.validation());
    assertThat(one.history())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields(
            "seconds", "filmsPerSecond", "waitShare")
        .isEqualTo(other.history());
  }

  @Test
  void judgesWhatWasLearntInEpochsOfASingleStep() throws Exception {
    String brief = TINY.replace("batch: 4", "batch: 12").replace("epochs: 2", "epochs: 3");

    List<EpochRecord> history = training(brief, "brief", () -> false).run(false).history();

    assertThat(history).extracting(EpochRecord::loss).doesNotHaveDuplicates();
    assertThat(TrainingState.load(folder.resolve("brief")).orElseThrow().position().updates())
        .isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"varied", "unvaried"})
  void judgesByMeasuredStatisticsWithoutTouchingTheTraining(String how) throws Exception {
    String measuring = TINY.replace("loss:", "statistics: " + how + "\n    loss:");
    Training.Result running = training(TINY, "running", () -> false).run(false);
    Training.Result measured = training(measuring, how, () -> false).run(false);
    TrainingState one = TrainingState.load(folder.resolve("running")).orElseThrow();
    TrainingState other = TrainingState.load(folder.resolve(how)).orElseThrow();

    assertThat(values(other.weights())).isEqualTo(values(one.weights()));
    assertThat(values(other.average())).isEqualTo(values(one.average()));
    assertThat(other.position().updates()).isEqualTo(one.position().updates());
    assertThat(values(measured.weights()).get(STATISTICS))
        .isNotEqualTo(values(running.weights()).get(STATISTICS));
    assertThat(measured.history().get(1).trainLoss())
        .isEqualTo(running.history().get(1).trainLoss());
    assertThat(measured.history().get(1).loss()).isNotEqualTo(running.history().get(1).loss());
  }

  private static Map<String, List<Float>> values(TensorMap weights) {
    Map<String, List<Float>> values = new LinkedHashMap<>();
    weights
        .asMap()
        .forEach(
            (name, tensor) ->
                values.put(
                    name,
                    IntStream.range(0, tensor.values().length)
                        .mapToObj(i -> tensor.values()[i])
                        .toList()));
    return values;
  }

  @Test
  void keepsTheTrainedHeadForAStageThatLeavesOutTheClassesTheOneBeforeNames() throws Exception {
    String named = FOLLOWED.replace("epochs: 1", "epochs: 1\n    classes: [a, b]");
    String others = FOLLOWED.replace("epochs: 1", "epochs: 1\n    classes: [b, a]");

    assertThat(head(named)).isEqualTo(head(FOLLOWED)).isNotEqualTo(head(others));
  }

  /** The last layer with which the second stage begins. */
  private float[] head(String yaml) throws Exception {
    String out = "out-" + yaml.hashCode();
    assertThat(training(yaml, out, () -> false).prepare(false)).isTrue();
    TrainingState state = TrainingState.load(folder.resolve(out)).orElseThrow();
    assertThat(state.position().beginsStage(1)).isTrue();
    return state.weights().get("fc.weight").values();
  }

  @Test
  void aFreshStartRemovesTheStateThatAKilledOneLeftHalfWritten() throws Exception {
    Path draft = folder.resolve("killed/.state.safetensors1.part");
    Files.createDirectories(draft.getParent());
    Files.createFile(draft);
    AtomicInteger asked = new AtomicInteger();

    training(TINY, "killed", () -> asked.incrementAndGet() == FILMS + 1).run(false);

    assertThat(draft).doesNotExist();
    assertThat(TrainingState.file(folder.resolve("killed"))).exists();
  }

  @Test
  void endsAStageAfterAsManyEpochsWithoutImprovementAsPatienceAllows() throws Exception {
    String patient = TINY.replace("epochs: 2", "epochs: 40\n    patience: 3");

    Training.Result result = training(patient, "patient", () -> false).run(false);

    List<EpochRecord> history = result.history();
    int best = 0;
    for (EpochRecord epoch : history) {
      best = epoch.best() ? epoch.epoch() : best;
    }
    assertThat(result.finished()).isTrue();
    assertThat(best).isPositive();
    assertThat(history).hasSize(best + 3).hasSizeLessThan(40);
  }

  @Test
  void stopsWithAReasonWhenTheLossIsNoNumber() throws Exception {
    String wild =
        TINY.replace("rate: 0.001", "rate: 10, warmUp: 0, shape: constant")
            .replace("average: 0.9", "weightDecay: 1\n    clip: 0\n    films: 400");

    assertThatThrownBy(() -> training(wild, "wild", () -> false).run(false))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("stage only", "the loss is", "another --out")
        .hasMessageEndingWith("a lower schedule.rate or a clip");
  }

  @Test
  void refusesToResumeWithFilmsThatChangedMeanwhile() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    training(TINY, "changed", () -> asked.incrementAndGet() == FILMS + 1).run(false);
    Path csv = data.resolve("labels.csv");
    String before = Files.readString(csv);
    String manifest = Files.readString(folder.resolve("changed/manifest.json"));
    assertThat(manifest).contains("images/3.png");
    Files.writeString(csv, before.replace("images/3.png,b", "images/3.png,a"));

    assertThatThrownBy(() -> training(TINY, "changed", () -> false).run(true))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("not those that run was begun with", "manifest.json");
    assertThat(folder.resolve("changed/manifest.json")).hasContent(manifest);
    Files.writeString(csv, before);
    assertThat(training(TINY, "changed", () -> false).run(true).finished()).isTrue();
  }

  /** One step an epoch; the second epoch's loss is a number yet, what its step leaves no more. */
  @Test
  void keepsNoStateOfWeightsThatAnEpochsLastStepSpoilt() throws Exception {
    float[] steep = new float[2 * 2 * 512];
    for (int i = 0; i < steep.length; i++) {
      steep[i] = i < 1024 ? 1e34f : -1e34f;
    }
    Path file = folder.resolve("steep.safetensors");
    new Checkpoint(
            new TensorMap(Map.of("fc.weight", new Tensor(steep, 2, 1024))),
            Map.of("content", "test"))
        .save(file);
    String spoilt =
        TINY.replace("average: 0.9", "average: 0\n    clip: 0\n    films: 4")
                .replace("soft-distance", "plain")
            + "weights: "
            + file
            + "\n";

    assertThatThrownBy(() -> training(spoilt, "spoilt", () -> false).run(false))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("stage only, epoch 2, last batch", "validation loss is NaN")
        .hasMessageContainingAll("the state after epoch 1 is kept", "another --out");
    TrainingState kept = TrainingState.load(folder.resolve("spoilt")).orElseThrow();
    assertThat(kept.position().epoch()).isEqualTo(1);
  }

  /** The first batch's variance is beyond float32, and stays so in the running statistics. */
  @Test
  void keepsNoStateOfSpoiltWeightsWhereItIsInterruptedEither() throws Exception {
    Map<String, Tensor> weights =
        new LinkedHashMap<>(Initialisation.random(config(TINY).network().of(2), 1).asMap());
    float[] first = weights.get("resnet_encoder.0.weight").values();
    for (int i = 0; i < first.length; i++) {
      first[i] *= 1e25f;
    }
    Path file = folder.resolve("huge.safetensors");
    new Checkpoint(new TensorMap(weights), Map.of("content", "test")).save(file);
    String spoilt = TINY.replace("soft-distance", "plain") + "weights: " + file + "\n";

    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier begun = () -> asked.incrementAndGet() > FILMS;

    assertThatThrownBy(() -> training(spoilt, "stopped", begun).run(false))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("stage only, epoch 1, batch 1: a weight", "another --out")
        .hasMessageEndingWith("a lower schedule.rate or clip")
        .hasMessageNotContaining("is kept");
    assertThat(TrainingState.file(folder.resolve("stopped"))).doesNotExist();
  }

  @Test
  void refusesToResumeAnotherConfigurationsRun() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    training(TINY, "mixed", () -> asked.incrementAndGet() == FILMS + 1).run(false);

    assertThatThrownBy(() -> training(TINY + "seed: 3\n", "mixed", () -> false).run(true))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("another configuration");
    assertThatThrownBy(() -> training(TINY, "empty", () -> false).run(true))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no run to resume");
  }

  @Test
  void saysInOneLineThatThereIsNoCudaDevice() throws Exception {
    assumeThat(Engine.getEngine("PyTorch").getGpuCount())
        .as("there is a CUDA device, so that nothing is to be refused")
        .isZero();
    String cuda = TINY.replace("threads: 1", "threads: 1, device: cuda");

    assertThatThrownBy(() -> training(cuda, "cuda", () -> false).run(false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("machine.device: cuda")
        .hasMessageNotContaining("\n");
    assertThat(folder.resolve("cuda")).doesNotExist();
  }

  @Test
  void namesTheLineOfAFilmThatCannotBeReadAndWritesNothing() throws Exception {
    Files.writeString(data.resolve("images/3.png"), "no image");

    assertThatThrownBy(() -> training(TINY, "bad", () -> false).run(false))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("labels.csv:5:", "3.png");
    assertThat(folder.resolve("bad")).doesNotExist();
  }

  @Test
  void learnsFromNoFilmWhoseLicenceIsExcluded() throws Exception {
    Path csv = data.resolve("labels.csv");
    List<String> rows = Files.readAllLines(csv);
    StringBuilder licensed = new StringBuilder(rows.get(0) + ",licence\n");
    for (int i = 1; i < rows.size(); i++) {
      licensed.append(rows.get(i)).append(i <= 2 ? ",CC BY-NC-SA 4.0\n" : ",CC BY 4.0\n");
    }
    Files.writeString(csv, licensed);
    TrainConfig config = config(TINY + "data: {excludeLicences: ['\\bNC\\b']}\n");

    StageData films =
        RunData.of(config, data, folder.resolve("out"), 0, console(), () -> false).stage(0);

    assertThat(films.train()).hasSize(10);
    assertThat(films.leftOut()).hasSize(2);
    assertThat(films.validation()).hasSize(4);
  }
}
