package org.magsd.trainer.fit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.magsd.inference.UserError;
import org.magsd.trainer.weights.Checkpoint;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;
import org.magsd.trainer.weights.WeightsException;

/**
 * All of a run in one file, written whole or not at all, so that a run interrupted anywhere can be
 * resumed.
 *
 * @param position where the run stands
 * @param weights parameters and running statistics
 * @param velocity momentum
 * @param average running average of the weights
 * @param best weights of the run's best epoch so far; once the stage is done, what it leaves
 * @param runs of a stage that has several
 */
record TrainingState(
    Position position,
    TensorMap weights,
    TensorMap velocity,
    TensorMap average,
    TensorMap best,
    Optional<MeanOfRuns> runs) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POSITION = "position";
  private static final String RUNS_BEGIN = "runs-begin/";
  private static final String RUNS_MEAN = "runs-mean/";

  /** The state file of a run's folder. */
  static Path file(Path folder) {
    return folder.resolve("state.safetensors");
  }

  /** The same with another position. */
  TrainingState at(Position other) {
    return new TrainingState(other, weights, velocity, average, best, runs);
  }

  void save(Path folder) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    put(tensors, "weights/", weights);
    put(tensors, "velocity/", velocity);
    put(tensors, "average/", average);
    put(tensors, "best/", best);
    runs.ifPresent(
        several -> {
          put(tensors, RUNS_BEGIN, several.begin());
          put(tensors, RUNS_MEAN, several.mean());
        });
    try {
      new Checkpoint(new TensorMap(tensors), Map.of(POSITION, JSON.writeValueAsString(position)))
          .save(file(folder));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    } catch (WeightsException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  /** Removes what a run that was killed while keeping its state left half-written. */
  static void discardDrafts(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> drafts =
        Files.newDirectoryStream(folder, "." + file(folder).getFileName() + "*.part")) {
      for (Path draft : drafts) {
        Files.delete(draft);
      }
    }
  }

  /** The state of a folder; absent if no run has been there. */
  static Optional<TrainingState> load(Path folder) {
    if (!Files.exists(file(folder))) {
      return Optional.empty();
    }
    try {
      Checkpoint checkpoint = Checkpoint.load(file(folder));
      String position =
          Optional.ofNullable(checkpoint.metadata().get(POSITION))
              .orElseThrow(() -> new UserError(file(folder) + ": not a training state"));
      return Optional.of(
          new TrainingState(
              JSON.readValue(position, Position.class),
              checkpoint.tensors().under("weights/"),
              checkpoint.tensors().under("velocity/"),
              checkpoint.tensors().under("average/"),
              checkpoint.tensors().under("best/"),
              Optional.of(
                      new MeanOfRuns(
                          checkpoint.tensors().under(RUNS_BEGIN),
                          checkpoint.tensors().under(RUNS_MEAN)))
                  .filter(several -> !several.begin().names().isEmpty())));
    } catch (JsonProcessingException e) {
      throw new UserError(file(folder) + ": not a training state: " + e.getOriginalMessage(), e);
    } catch (WeightsException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private static void put(Map<String, Tensor> all, String prefix, TensorMap part) {
    part.asMap().forEach((name, tensor) -> all.put(prefix + name, tensor));
  }
}
