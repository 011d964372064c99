package org.magsd.trainer.fit;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.magsd.inference.UserError;
import org.magsd.trainer.evaluate.Scored;
import org.magsd.trainer.net.Initialisation;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.ParameterList;
import org.magsd.trainer.step.NesterovSgd;
import org.magsd.trainer.weights.Checkpoint;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;
import org.magsd.trainer.weights.WeightsException;

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
   * @param interrupted asked after each batch whether to stop there
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
   * @param validation what these weights say of its validation films
   * @param excluded what they say of films that were neither learnt from nor selected by
   * @param history every epoch
   * @param finished false if it was interrupted; it can be resumed
   */
  public record Result(
      TensorMap weights,
      StageData data,
      List<Scored> validation,
      List<Scored> excluded,
      List<EpochRecord> history,
      boolean finished) {}

  /**
   * Trains.
   *
   * @param resume whether to continue a run that this folder holds
   * @throws UserError for a mistake in the data, or a state that is not of this configuration
   */
  public Result run(boolean resume) throws InterruptedException {
    Engine.getEngine("PyTorch");
    if (config.machine().threads() > 0) {
      JniUtils.setNumThreads(config.machine().threads());
    }
    TrainingState state = resume ? resumed() : fresh();
    while (true) {
      int index = state.position().stage();
      StageConfig stage = config.stages().get(index);
      StageData films = StageData.load(config, stage, data, line -> {});
      console.say(
          String.format(
              "stage %s: %d films to learn from, %d to judge by, %d left out",
              stage.name(),
              films.train().size(),
              films.validation().size(),
              films.leftOut().size()));
      MaNetConfig network = config.network().of(films.classes().size());
      try (MaNet net = new MaNet(network, state.weights(), device());
          Judge judge =
              new Judge(
                  new MaNet(network, state.weights(), device()), config.preprocessing(stage));
          NesterovSgd optimiser = optimiser(net, stage)) {
        state =
            new StageRun(
                    config,
                    films,
                    net,
                    optimiser,
                    judge,
                    state,
                    s -> s.save(folder),
                    interrupted,
                    console)
                .run();
        boolean stopped = state.position().batch() > 0 || interrupted.getAsBoolean();
        if (stopped || index + 1 == config.stages().size()) {
          state.save(folder);
          return new Result(
              state.best(),
              films,
              stopped ? List.of() : judge.score(state.best(), films.validation()),
              stopped ? List.of() : judge.score(state.best(), films.leftOut()),
              state.position().history(),
              !stopped);
        }
        state = next(state);
      }
      state.save(folder);
    }
  }

  private NesterovSgd optimiser(MaNet net, StageConfig stage) {
    return new NesterovSgd(
        net, (float) stage.momentum(), (float) stage.weightDecay(), spec -> true);
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
    return state;
  }

  private TrainingState fresh() {
    StageConfig first = config.stages().get(0);
    int classes = first.classes().map(List::size).orElse(config.classes().size());
    TensorMap weights = Initialisation.random(config.network().of(classes), config.seed());
    return begin(
        0, config.weights().map(file -> laidOver(weights, file)).orElse(weights), List.of());
  }

  /** A checkpoint's tensors where the network has them in the same shape, fresh ones elsewhere. */
  private static TensorMap laidOver(TensorMap fresh, String file) {
    try {
      TensorMap given = Checkpoint.load(Path.of(file)).tensors();
      Map<String, Tensor> mixed = new LinkedHashMap<>(fresh.asMap());
      mixed.replaceAll(
          (name, tensor) ->
              given.names().contains(name) && Arrays.equals(given.get(name).shape(), tensor.shape())
                  ? given.get(name)
                  : tensor);
      return new TensorMap(mixed);
    } catch (WeightsException e) {
      throw new UserError("weights: " + e.getMessage(), e);
    }
  }

  /** The next stage's beginning: this one's best weights, momentum at rest. */
  private TrainingState next(TrainingState done) {
    int index = done.position().stage() + 1;
    StageConfig before = config.stages().get(index - 1);
    StageConfig after = config.stages().get(index);
    TensorMap weights = done.best();
    if (!before.classes().equals(after.classes())) {
      int classes = after.classes().map(List::size).orElse(config.classes().size());
      weights = withFreshHead(weights, config.network().of(classes));
    }
    return begin(index, weights, done.position().history());
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

  private TrainingState begin(int index, TensorMap weights, List<EpochRecord> history) {
    Map<String, Tensor> rest = new LinkedHashMap<>();
    int classes =
        config.stages().get(index).classes().map(List::size).orElse(config.classes().size());
    for (ParameterSpec spec : ParameterList.of(config.network().of(classes))) {
      if (spec.role().trained()) {
        rest.put(spec.name(), new Tensor(new float[spec.size()], spec.shape()));
      }
    }
    Position position =
        new Position(configDigest, index, 0, 0, 0, 0, 0, Double.NEGATIVE_INFINITY, 0, 0, history);
    return new TrainingState(position, weights, new TensorMap(rest), weights, weights);
  }
}
