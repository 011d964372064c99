package org.magsd.trainer.fit;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.magsd.inference.UserError;
import org.magsd.inference.model.ArgMax;
import org.magsd.trainer.data.Batch;
import org.magsd.trainer.data.Batches;
import org.magsd.trainer.data.EpochOrder;
import org.magsd.trainer.net.GradientMode;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.step.MultiShotStep;
import org.magsd.trainer.step.NesterovSgd;
import org.magsd.trainer.weights.ParameterSpec.Role;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * One stage of training, from any position to its end, a batch at a time. After each epoch the
 * averaged weights are judged and the whole state is handed to be kept; so it is between two runs
 * of the stage, whose mean is what several leave.
 */
final class StageRun {
  /** Steps from one update of the weights' average, which copies all of them, to the next. */
  private static final int AVERAGE_EVERY = 4;

  /** Between the seeds of two runs of a stage: more than people's seeds lie apart. */
  private static final long SEEDS_APART = 1_000_000_007L;

  private final TrainConfig config;
  private final StageConfig stage;
  private final StageData data;
  private final MaNet net;
  private final NesterovSgd optimiser;
  private final MultiShotStep step;
  private final Judge judge;
  private final StatisticsMeasure statistics;
  private final Consumer<TrainingState> keeper;
  private final BooleanSupplier interrupted;
  private final Console console;
  private WeightAverage average;
  private TensorMap best;
  private Optional<MeanOfRuns> runs;
  private Position position;

  StageRun(
      TrainConfig config,
      StageData data,
      MaNet net,
      NesterovSgd optimiser,
      Judge judge,
      TrainingState begin,
      Consumer<TrainingState> keeper,
      BooleanSupplier interrupted,
      Console console) {
    this.config = config;
    this.stage = config.stages().get(begin.position().stage());
    this.data = data;
    this.net = net;
    this.optimiser = optimiser;
    this.step =
        new MultiShotStep(
            net,
            stage
                .loss()
                .loss(
                    stage
                        .classWeights()
                        .of(
                            data.train().stream().mapToInt(film -> film.sample().target()),
                            data.classes().size())),
            stage.styleMixing());
    this.judge = judge;
    this.keeper = keeper;
    this.interrupted = interrupted;
    this.console = console;
    this.position = begin.position();
    this.best = begin.best();
    this.runs = begin.runs();
    this.average = new WeightAverage(begin.average(), stage.average(), position.updates());
    this.statistics =
        new StatisticsMeasure(
            config, stage, data.train(), order(0), config.seed() * 131 + position.stage());
    net.load(begin.weights());
    optimiser.load(begin.velocity());
  }

  /**
   * Trains to the stage's end.
   *
   * @return the state at its end, or where it was interrupted
   * @throws UserError if the loss or a weight is no number any more; no such state is handed out
   */
  TrainingState run() throws InterruptedException {
    while (position.run() < stage.runs()) {
      EpochOrder order = order(position.run());
      while (position.epoch() < stage.epochs()
          && position.epoch() - position.bestEpoch() < stage.patience()) {
        epoch(order);
        if (position.batch() > 0) {
          return state();
        }
        keeper.accept(state());
      }
      try {
        endRun();
      } catch (CancellationException e) {
        // The run is done but not yet counted: it is when resumed.
        return state();
      }
    }
    return state();
  }

  /** Of a run's own; the first has the order of a stage's only one. */
  private EpochOrder order(int run) {
    return new EpochOrder(
        data.train().stream().map(film -> film.sample()).toList(),
        stage.balance(),
        stage.films() == 0 ? data.train().size() : stage.films(),
        seed(run) * 97 + position.stage());
  }

  private long seed(int run) {
    return config.seed() + run * SEEDS_APART;
  }

  /**
   * Counts a run, and either begins the next or, of several, takes their mean.
   *
   * @throws CancellationException if interrupted before anything has moved
   */
  private void endRun() throws InterruptedException {
    Optional<MeanOfRuns> done = runs.map(before -> before.with(best, position.run()));
    if (position.run() + 1 == stage.runs()) {
      if (done.isPresent()) {
        best = mean(done.get().mean());
      }
      position = position.runsDone();
    } else {
      begin(done.orElseThrow().begin());
      position = position.nextRun();
      runs = done;
      keeper.accept(state());
    }
  }

  private void begin(TensorMap weights) {
    net.load(weights);
    optimiser.rest();
    average = new WeightAverage(weights, stage.average(), 0);
    best = weights;
  }

  /**
   * The mean of runs with statistics measured for it, since no run's own fit it.
   *
   * @throws CancellationException if interrupted
   */
  private TensorMap mean(TensorMap weights) throws InterruptedException {
    TensorMap measured = judge.measured(weights, statistics.batches(judge));
    String what = stage.name() + ", mean of " + stage.runs() + " runs";
    Judge.Verdict verdict = verdict(measured, what);
    console.say(
        String.format(
            Locale.ROOT,
            "%s | validation loss %.3f acc %.3f F1 %.3f cells %.3f",
            what,
            verdict.loss(),
            verdict.metrics().accuracy(),
            verdict.metrics().macroF1(),
            verdict.cells()));
    return measured;
  }

  private void epoch(EpochOrder order) throws InterruptedException {
    long start = System.nanoTime();
    Position before = position;
    int number = position.epoch();
    long seed = (seed(position.run()) * 1_009 + position.stage()) * 100_003 + number;
    try (Batches batches =
        new Batches(
            data.train(),
            config.preprocessing(stage),
            config.augmentation(),
            order.epoch(number),
            stage.batch(),
            position.batch(),
            seed,
            config.machine().loaders())) {
      ProgressBar bar =
          console.bar(
              named() + " epoch " + (number + 1) + "/" + stage.epochs(),
              batches.count(),
              position.batch(),
              (long) batches.count() * epochsBehind());
      for (Optional<Batch> batch = batches.next(); batch.isPresent(); batch = batches.next()) {
        double at = number + (double) position.batch() / batches.count();
        train(batch.get(), stage.schedule().at(at, stage.epochs()), seed);
        average(batches.count());
        bar.show(position.batch(), progress());
        if (interrupted.getAsBoolean()) {
          requireNumbers("batch " + position.batch());
          spend(before, start, batches);
          return;
        }
      }
      spend(before, start, batches);
      requireNumbers("last batch");
      try {
        finish(bar);
      } catch (CancellationException e) {
        // Nothing has moved since the last batch: it is as if interrupted there, and when resumed
        // the epoch is judged from the beginning.
        return;
      }
    }
  }

  /** The most there may be after the running one, in all runs. */
  private int epochsBehind() {
    return (stage.runs() - position.run()) * stage.epochs() - position.epoch() - 1;
  }

  /**
   * Adds what this session's batches took to what those before it did.
   *
   * @param before where the session took up the epoch
   */
  private void spend(Position before, long start, Batches batches) {
    position =
        position.spent(
            before.epochSeconds() + (System.nanoTime() - start) / 1e9,
            before.epochWaited() + batches.waitedNanos() / 1e9);
  }

  private void train(Batch batch, double rate, long seed) {
    Tensor images = new Tensor(batch.images(), batch.films(), 1, batch.size(), batch.size());
    SplittableRandom random = new SplittableRandom(seed * 7_919 + position.batch());
    MultiShotStep.Result result =
        stage.loss().multiShot()
            ? step.augmented(images, batch.targets(), random)
            : step.plain(images, batch.targets(), random);
    if (!Double.isFinite(result.loss())) {
      throw noNumber(at("batch " + (position.batch() + 1)), "the loss is " + result.loss());
    }
    restrain();
    optimiser.step((float) rate);
    position =
        position.learnt(
            batch.films(),
            result.rawLoss() * batch.films(),
            right(result.logits(), batch.targets()));
  }

  /** Also where the epoch ends, since it may have fewer steps than lie between two updates. */
  private void average(int batches) {
    int done = position.batch();
    int steps = done % AVERAGE_EVERY == 0 ? AVERAGE_EVERY : done % AVERAGE_EVERY;
    if (stage.average() > 0 && (steps == AVERAGE_EVERY || done == batches)) {
      average.update(net.weights(), steps);
      position = position.updated(average.updates());
    }
  }

  /** Scales the last layer's gradient, then all of them where their norm is too great. */
  private void restrain() {
    GradientMode.off(
        () -> {
          List<NDArray> gradients = new ArrayList<>();
          double squares = 0;
          for (var spec : net.specs()) {
            if (!spec.role().trained()) {
              continue;
            }
            NDArray gradient = net.trained().get(spec.name()).getGradient();
            gradients.add(gradient);
            if (spec.role() == Role.MATRIX && stage.headFactor() != 1) {
              gradient.muli(stage.headFactor());
            }
            if (stage.clip() > 0) {
              try (NDArray square = gradient.square();
                  NDArray sum = square.sum()) {
                squares += sum.getFloat();
              }
            }
          }
          double norm = Math.sqrt(squares);
          if (stage.clip() > 0 && norm > stage.clip()) {
            gradients.forEach(gradient -> gradient.muli(stage.clip() / norm));
          }
          gradients.forEach(NDArray::close);
        });
  }

  /**
   * @throws CancellationException if interrupted
   */
  private TensorMap judged() throws InterruptedException {
    TensorMap weights = stage.average() > 0 ? average.value() : net.weights();
    if (stage.statistics() == StageConfig.Statistics.RUNNING) {
      return weights;
    }
    return judge.measured(weights, statistics.batches(judge));
  }

  /**
   * @param where in the stage, should there be no verdict
   * @throws UserError if the loss is no number
   */
  private Judge.Verdict verdict(TensorMap weights, String where) {
    Judge.Verdict verdict =
        Judge.Verdict.of(judge.score(weights, data.validation()), data.classes().size());
    if (!Double.isFinite(verdict.loss())) {
      throw noNumber(where, "the validation loss is " + verdict.loss());
    }
    return verdict;
  }

  /**
   * Judges the epoch, and only then counts it as done.
   *
   * @throws CancellationException if interrupted meanwhile
   */
  private void finish(ProgressBar bar) throws InterruptedException {
    TensorMap judged = judged();
    Judge.Verdict verdict = verdict(judged, at("last batch"));
    double value = verdict.value(stage.select(), position.epoch() + 1);
    boolean better = value > position.best();
    if (better) {
      best = judged;
    }
    EpochRecord record =
        new EpochRecord(
            stage.name(),
            position.run() * stage.epochs() + position.epoch() + 1,
            stage.schedule().at(position.epoch() + 1.0, stage.epochs()),
            position.meanLoss(),
            position.accuracy(),
            verdict.loss(),
            verdict.metrics().accuracy(),
            verdict.metrics().macroF1(),
            verdict.cells(),
            better,
            position.seen(),
            position.epochSeconds(),
            position.seen() / position.epochSeconds(),
            position.epochWaited() / position.epochSeconds());
    position = position.judged(record, value);
    bar.end(summary(record));
  }

  /** After the last step no loss tells any more that the weights are numbers. */
  private void requireNumbers(String where) {
    if (!net.weights().asMap().values().stream().allMatch(Tensor::finite)) {
      throw noNumber(at(where), "a weight is no number any more");
    }
  }

  /** A resumed run would have the same configuration, and come to the same. */
  private UserError noNumber(String where, String what) {
    String kept =
        position.epoch() == 0
            ? ""
            : "the state after epoch " + position.epoch() + " is kept, but --resume cannot help: ";
    return new UserError(
        "stage "
            + where
            + ": "
            + what
            + "; "
            + kept
            + "begin again with another --out and a lower schedule.rate or "
            + (stage.clip() > 0 ? "clip" : "a clip"));
  }

  /** A place in the running epoch. */
  private String at(String place) {
    return named() + ", epoch " + (position.epoch() + 1) + ", " + place;
  }

  private TrainingState state() {
    return new TrainingState(
        position, net.weights(), optimiser.state(), average.value(), best, runs);
  }

  private String named() {
    return stage.runs() == 1
        ? stage.name()
        : stage.name() + " run " + (position.run() + 1) + "/" + stage.runs();
  }

  private String progress() {
    return String.format(
        Locale.ROOT, "loss %.3f, accuracy %.3f", position.meanLoss(), position.accuracy());
  }

  private static String summary(EpochRecord epoch) {
    return String.format(
        Locale.ROOT,
        "loss %.3f acc %.3f | validation loss %.3f acc %.3f F1 %.3f cells %.3f%s | %.1f films/s, "
            + "waiting %.1f %%",
        epoch.trainLoss(),
        epoch.trainAccuracy(),
        epoch.loss(),
        epoch.accuracy(),
        epoch.macroF1(),
        epoch.cells(),
        epoch.best() ? " *" : "",
        epoch.filmsPerSecond(),
        100 * epoch.waitShare());
  }

  private static long right(Tensor logits, int[] targets) {
    int classes = logits.values().length / targets.length;
    long right = 0;
    for (int i = 0; i < targets.length; i++) {
      right += ArgMax.of(logits.values(), i * classes, classes) == targets[i] ? 1 : 0;
    }
    return right;
  }
}
