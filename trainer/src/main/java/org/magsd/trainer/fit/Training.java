package org.magsd.trainer.fit;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.magsd.inference.UserError;
import org.magsd.trainer.data.SplitManifest;
import org.magsd.trainer.evaluate.Scored;
import org.magsd.trainer.net.Initialisation;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.ParameterList;
import org.magsd.trainer.step.NesterovSgd;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/** A whole run: every stage of a configuration, each beginning with the best weights so far. */
public final class Training {
  private final TrainConfig config;
  private final String configDigest;
  private final Path data;
  private final Path folder;
  private final BooleanSupplier interrupted;
  private final Console console;

  /**
   * @param configDigest digest of the configuration's text; a state of another one is refused
   * @param data folder to which the csv paths are relative
   * @param folder where the state is kept
   * @param interrupted asked after each film read, after each batch learnt from and before each
   *     judged whether to stop there
   */
  public Training(
      TrainConfig config,
      String configDigest,
      Path data,
      Path folder,
      BooleanSupplier interrupted,
      Console console) {
    this.config = config;
    this.configDigest = configDigest;
    this.data = data;
    this.folder = folder;
    this.interrupted = interrupted;
    this.console = console;
  }

  /**
   * What a run gave.
   *
   * @param weights the best of the last stage
   * @param data the last stage's films
   * @param validation what these weights say of its validation films; nothing before the last stage
   *     is done
   * @param excluded what they say of films that were neither learnt from nor selected by; likewise
   * @param history every epoch
   * @param manifest which film was on which side in every stage
   * @param started when the run began
   * @param seconds it took, over all sessions as far as their states were kept
   * @param weightsDigest of the checkpoint it began with, absent for fresh weights
   * @param finished false if it was interrupted; it can be resumed
   */
  public record Result(
      TensorMap weights,
      StageData data,
      List<Scored> validation,
      List<Scored> excluded,
      List<EpochRecord> history,
      SplitManifest manifest,
      Instant started,
      double seconds,
      Optional<String> weightsDigest,
      boolean finished) {}

  /**
   * Wall time of a run over its sessions, of which this is the last.
   *
   * @param before what the run was when the session began
   * @param nanos when that was
   */
  private record Clock(Position before, long nanos) {
    static Clock of(Position before) {
      return new Clock(before, System.nanoTime());
    }

    TrainingState stamp(TrainingState state) {
      double session = (System.nanoTime() - nanos) / 1e9;
      return state.at(state.position().timed(before.started(), before.seconds() + session));
    }
  }

  /**
   * Trains.
   *
   * @param resume whether to continue a run that this folder holds
   * @throws UserError for a mistake in the data, or a state that is not of this configuration
   * @throws CancellationException if interrupted while films are read, or when all is learnt and
   *     kept, and the model is judged
   */
  public Result run(boolean resume) throws InterruptedException {
    return run(state(resume), config.stages().size());
  }

  /**
   * Trains all stages but the last, and leaves the state with which that begins: for {@link #run},
   * or for other runs to {@link #adopt}.
   *
   * @return false if it was interrupted; it can be resumed
   * @throws UserError as {@link #run} does
   * @throws CancellationException as {@link #run} does
   */
  public boolean prepare(boolean resume) throws InterruptedException {
    int last = config.stages().size() - 1;
    TrainingState state = state(resume);
    return state.position().stage() >= last || run(state, last).finished();
  }

  /**
   * Takes over the state that another run prepared, whose configuration differs in the last stage
   * only; {@link #run} then resumes from there.
   *
   * @throws UserError if that folder holds no such state
   */
  public void adopt(Path prepared) {
    TrainingState state =
        TrainingState.load(prepared)
            .filter(found -> found.position().beginsStage(config.stages().size() - 1))
            .orElseThrow(() -> new UserError(prepared + ": no state of a prepared last stage"));
    state.at(state.position().of(configDigest)).save(folder);
  }

  /** Whether the folder holds a state. */
  public boolean begun() {
    return Files.exists(TrainingState.file(folder));
  }

  private TrainingState state(boolean resume) {
    Engine engine = Engine.getEngine("PyTorch");
    if (config.machine().device() == TrainConfig.MachineConfig.Target.CUDA
        && engine.getGpuCount() == 0) {
      throw new UserError(
          "machine.device: cuda: the training engine finds no CUDA device here; name cpu");
    }
    if (config.machine().threads() > 0) {
      JniUtils.setNumThreads(config.machine().threads());
    }
    return resume ? resumed() : fresh();
  }

  /**
   * @param until the stage to stop before
   */
  private Result run(TrainingState begin, int until) throws InterruptedException {
    TrainingState state = begin;
    Clock clock = Clock.of(begin.position());
    RunData run = RunData.of(config, data, folder, state.position().stage(), console, interrupted);
    state = state.at(state.position().of(divided(state.position().inputs(), run.manifest())));
    while (true) {
      int index = state.position().stage();
      StageConfig stage = config.stages().get(index);
      StageData films = run.stage(index);
      console.say(
          String.format(
              "stage %s: %d films to learn from, %d to judge by, %d left out",
              stage.name(),
              films.train().size(),
              films.validation().size(),
              films.leftOut().size()));
      MaNetConfig network = network(stage);
      try (MaNet net = new MaNet(network, state.weights(), device());
          Judge judge =
              new Judge(
                  new MaNet(network, state.weights(), device()),
                  config.preprocessing(stage),
                  interrupted);
          NesterovSgd optimiser = optimiser(net, stage)) {
        state =
            new StageRun(
                    config,
                    films,
                    net,
                    optimiser,
                    judge,
                    state,
                    kept -> clock.stamp(kept).save(folder),
                    interrupted,
                    console)
                .run();
        boolean stopped = state.position().run() < stage.runs();
        boolean whole = !stopped && index + 1 == config.stages().size();
        if (stopped || index + 1 == until) {
          state = clock.stamp(state);
          (stopped || whole ? state : next(state)).save(folder);
          return new Result(
              state.best(),
              films,
              whole ? judge.score(state.best(), films.validation()) : List.of(),
              whole ? judge.score(state.best(), films.leftOut()) : List.of(),
              state.position().history(),
              run.manifest(),
              Instant.ofEpochMilli(state.position().started()),
              state.position().seconds(),
              Optional.of(state.position().inputs().weights()).filter(d -> !d.isEmpty()),
              !stopped);
        }
        state = next(clock.stamp(state));
      }
      state.save(folder);
    }
  }

  /**
   * Notes how a run's films are divided.
   *
   * @throws UserError if the run was begun with films that were divided in another way
   */
  private Position.Inputs divided(Position.Inputs before, SplitManifest manifest) {
    Path file = folder.resolve("manifest.json");
    if (!before.split().isEmpty() && !before.split().equals(manifest.digest())) {
      throw new UserError(
          TrainingState.file(folder)
              + ": films, labels or their division are not those that run was begun with, which "
              + file
              + " lists; resume it with those, or name another --out");
    }
    try {
      Files.createDirectories(folder);
      manifest.write(file);
    } catch (IOException e) {
      throw new UserError(file + ": cannot be written: " + e.getMessage(), e);
    }
    return before.of(manifest.digest());
  }

  private NesterovSgd optimiser(MaNet net, StageConfig stage) {
    return new NesterovSgd(net, (float) stage.momentum(), (float) stage.weightDecay());
  }

  private Device device() {
    return switch (config.machine().device()) {
      case CPU -> Device.cpu();
      case CUDA -> Device.gpu();
    };
  }

  private TrainingState resumed() {
    TrainingState state =
        TrainingState.load(folder)
            .orElseThrow(
                () -> new UserError(TrainingState.file(folder) + ": no run to resume there"));
    if (!state.position().config().equals(configDigest)) {
      throw new UserError(
          TrainingState.file(folder)
              + ": that run has another configuration; resume it with its own");
    }
    try {
      TrainingState.discardDrafts(folder);
    } catch (IOException e) {
      throw new UserError(folder + ": cannot be cleared: " + e.getMessage(), e);
    }
    return state;
  }

  private TrainingState fresh() {
    try {
      RunData.forget(config, folder);
      TrainingState.discardDrafts(folder);
    } catch (IOException e) {
      throw new UserError(folder + ": cannot be cleared: " + e.getMessage(), e);
    }
    TensorMap weights = Initialisation.random(network(config.stages().get(0)), config.seed());
    Position start = Position.start(configDigest, Position.Inputs.NONE, System.currentTimeMillis());
    if (config.weights().isEmpty()) {
      return begin(0, weights, start);
    }
    StartingWeights given = StartingWeights.of(weights, Path.of(config.weights().get()));
    console.say("weights: " + given.told());
    return begin(0, given.weights(), start.of(new Position.Inputs("", given.digest())));
  }

  /** The next stage's beginning: this one's best weights, momentum at rest. */
  private TrainingState next(TrainingState done) {
    int index = done.position().stage() + 1;
    StageConfig before = config.stages().get(index - 1);
    StageConfig after = config.stages().get(index);
    TensorMap weights = done.best();
    if (!config.classNames(before).equals(config.classNames(after))) {
      weights = withFreshHead(weights, network(after));
    }
    return begin(index, weights, done.position());
  }

  private MaNetConfig network(StageConfig stage) {
    return config.network().of(config.classNames(stage).size());
  }

  private TensorMap withFreshHead(TensorMap weights, MaNetConfig network) {
    TensorMap random = Initialisation.random(network, config.seed());
    Map<String, Tensor> mixed = new LinkedHashMap<>();
    for (ParameterSpec spec : ParameterList.of(network)) {
      TensorMap from = spec.role() == ParameterSpec.Role.MATRIX ? random : weights;
      mixed.put(spec.name(), from.get(spec.name()));
    }
    return new TensorMap(mixed);
  }

  /**
   * @param before what the run did until then
   */
  private TrainingState begin(int index, TensorMap weights, Position before) {
    Map<String, Tensor> rest = new LinkedHashMap<>();
    for (ParameterSpec spec : ParameterList.of(network(config.stages().get(index)))) {
      if (spec.role().trained()) {
        rest.put(spec.name(), new Tensor(new float[spec.size()], spec.shape()));
      }
    }
    Optional<MeanOfRuns> runs =
        Optional.of(MeanOfRuns.from(weights)).filter(s -> config.stages().get(index).runs() > 1);
    return new TrainingState(
        before.at(index), weights, new TensorMap(rest), weights, weights, runs);
  }
}
