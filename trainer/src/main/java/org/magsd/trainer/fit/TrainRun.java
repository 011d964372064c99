package org.magsd.trainer.fit;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.magsd.inference.UserError;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelJson;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.AtomicFile;
import org.magsd.trainer.evaluate.Calibration;
import org.magsd.trainer.evaluate.Evaluation;

/**
 * {@code ./magsd train}: from a configuration file to a folder that holds the configuration, the
 * split manifest, the metrics, the history, the run's metadata and the model bundle.
 */
public final class TrainRun {
  private static final ObjectWriter JSON = ModelJson.mapper().writer();
  private static final String INTERRUPTED = "interrupted; continue with --resume --out ";
  private static final String CONFIGURATION = "train.yaml";

  /**
   * What a bundle's folder {@code training} holds beside the configuration, so that its card's
   * digests can be followed.
   */
  private static final List<String> KEPT =
      List.of("manifest.json", "history.json", "run.json", "metrics.json");

  private final Path configFile;
  private final Path data;
  private final Path out;
  private final BooleanSupplier interrupted;
  private final Console console;

  /**
   * @param data folder the configuration's csv paths are relative to
   * @param out folder for all results
   */
  public TrainRun(
      Path configFile, Path data, Path out, BooleanSupplier interrupted, Console console) {
    this.configFile = configFile;
    this.data = data;
    this.out = out;
    this.interrupted = interrupted;
    this.console = console;
  }

  /**
   * A run that came to its end.
   *
   * @param result weights, films, history
   * @param validation what the model is worth on the validation films, calibrated on them
   * @param neverTrainedOn what it is worth on films that no choice was made on
   * @param bundle the exported model
   * @param metadata what it was made with
   * @param select how the epoch was chosen whose weights they are
   */
  public record Finished(
      Training.Result result,
      Evaluation validation,
      Optional<Evaluation> neverTrainedOn,
      ModelBundle bundle,
      RunMetadata metadata,
      StageConfig.Select select) {}

  /**
   * Trains and exports.
   *
   * @return absent if it was interrupted before its end; it can be resumed
   * @throws UserError if another run is at work in the folder, beside what others say
   */
  public Optional<Finished> call(boolean resume) throws IOException, InterruptedException {
    try {
      return train(resume);
    } catch (CancellationException e) {
      console.say(
          Files.exists(TrainingState.file(out))
              ? INTERRUPTED + out
              : "interrupted before anything was learnt; begin again");
      return Optional.empty();
    }
  }

  private Optional<Finished> train(boolean resume) throws IOException, InterruptedException {
    TrainConfig config = ConfigFile.read(configFile);
    return FolderLock.holding(out, () -> held(config, resume))
        .orElseThrow(
            () -> new UserError(out + ": another run is at work there; name another --out"));
  }

  private Optional<Finished> held(TrainConfig config, boolean resume)
      throws IOException, InterruptedException {
    byte[] text = Files.readAllBytes(configFile);
    Optional<byte[]> withoutSecrets = Secrets.without(configFile);
    if (!resume && Files.exists(TrainingState.file(out))) {
      throw new UserError(
          out + " already holds a run: continue it with --resume, or name another --out");
    }
    String digest = Sha256.hex(text);
    Training.Result result =
        new Training(config, digest, data, out, interrupted, console).run(resume);
    if (withoutSecrets.isPresent()) {
      AtomicFile.writeForOwner(out.resolve(CONFIGURATION), text);
    } else {
      AtomicFile.write(out.resolve(CONFIGURATION), text);
    }
    if (!result.finished()) {
      console.say(INTERRUPTED + out);
      return Optional.empty();
    }
    RunMetadata metadata = RunMetadata.of(result, digest);
    BundleMaker maker = new BundleMaker(config, result, metadata, interrupted);
    Evaluation validation = maker.validation();
    write("history.json", result.history());
    write("run.json", metadata);
    Optional<Evaluation> neverTrainedOn = maker.neverTrainedOn();
    write("metrics.json", figures(validation, neverTrainedOn, maker.calibration()));
    ModelBundle bundle = maker.write(out.resolve(config.name()));
    Path training = bundle.directory().resolve("training");
    AtomicFile.write(training.resolve(CONFIGURATION), withoutSecrets.orElse(text));
    for (String file : KEPT) {
      AtomicFile.write(training.resolve(file), Files.readAllBytes(out.resolve(file)));
    }
    console.say(
        String.format(
            "%s: validation accuracy %.3f, macro F1 %.3f; bundle in %s",
            bundle.card().id(),
            validation.overall().accuracy(),
            validation.overall().macroF1(),
            bundle.directory()));
    StageConfig last = config.stages().get(config.stages().size() - 1);
    return Optional.of(
        new Finished(result, validation, neverTrainedOn, bundle, metadata, last.select()));
  }

  /** The validation films' figures, and under a name of their own those that flatter nobody. */
  private static ObjectNode figures(
      Evaluation validation, Optional<Evaluation> neverTrainedOn, Calibration.Summary calibration) {
    ObjectNode figures = validation.toJson();
    figures.putPOJO("calibration", calibration);
    neverTrainedOn.ifPresent(of -> figures.set("neverTrainedOn", of.toJson()));
    return figures;
  }

  private void write(String name, Object value) throws IOException {
    AtomicFile.write(out.resolve(name), JSON.writeValueAsBytes(value));
  }
}
