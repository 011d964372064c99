package org.magsd.trainer.experiment;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.magsd.inference.UserError;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelJson;
import org.magsd.trainer.data.WholeFile;
import org.magsd.trainer.fit.ConfigFile;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.LabelSource;
import org.magsd.trainer.fit.TrainConfig;
import org.magsd.trainer.fit.Training;

/**
 * The trainings of an experiment, each in a folder of its own with its whole configuration ({@code
 * train.yaml}, which {@code ./magsd train} would take as well), its state while it runs, and its
 * result once done. Whatever is done already is not done again, so an experiment can be interrupted
 * anywhere and resumed.
 */
final class Parts {
  private static final JsonMapper JSON = ModelJson.mapper();
  private final Path data;
  private final Path out;
  private final BooleanSupplier interrupted;
  private final Console console;

  /**
   * @param data folder the configurations' csv paths are relative to
   * @param out folder for all parts
   * @param interrupted asked after each batch whether to stop there
   */
  Parts(Path data, Path out, BooleanSupplier interrupted, Console console) {
    this.data = data;
    this.out = out;
    this.interrupted = interrupted;
    this.console = console;
  }

  /**
   * One training.
   *
   * @param name of its folder
   * @param tree its configuration as given
   */
  record Part(String name, JsonNode tree) {}

  /** A configuration on disk, read back. */
  private record Opened(Path folder, TrainConfig config, String digest) {}

  /** What a part is trained by. */
  TrainConfig config(Part part) {
    return ConfigFile.read(out.resolve(part.name()).resolve("train.yaml"));
  }

  /**
   * Trains all stages of a part but the last, for other parts to begin with.
   *
   * @return false if it was interrupted
   */
  boolean prepare(Part part) throws IOException, InterruptedException {
    Opened opened = open(part);
    Training training = training(opened);
    console.say(part.name());
    return training.prepare(training.begun());
  }

  /**
   * Trains a part, or reads its result if it is trained.
   *
   * @param prepared the part that has trained all stages but the last
   * @return absent if it was interrupted
   */
  Optional<PartResult> run(Part part, Optional<Part> prepared)
      throws IOException, InterruptedException {
    Opened opened = open(part);
    Path file = opened.folder().resolve("result.json");
    if (Files.exists(file)) {
      return Optional.of(read(file, opened.digest()));
    }
    Training training = training(opened);
    if (!training.begun()) {
      prepared.ifPresent(other -> training.adopt(out.resolve(other.name())));
    }
    console.say(part.name());
    Training.Result result = training.run(training.begun());
    if (!result.finished()) {
      return Optional.empty();
    }
    PartResult kept =
        new PartResult(opened.digest(), result.validation(), result.excluded(), result.history());
    WholeFile.write(file, JSON.writeValueAsBytes(kept));
    return Optional.of(kept);
  }

  private Training training(Opened opened) {
    return new Training(
        opened.config(), opened.digest(), data, opened.folder(), interrupted, console);
  }

  private Opened open(Part part) throws IOException {
    Path folder = out.resolve(part.name());
    Path file = folder.resolve("train.yaml");
    byte[] text = ConfigFile.text(part.tree()).getBytes(StandardCharsets.UTF_8);
    if (!Files.exists(file)) {
      WholeFile.write(file, text);
    } else if (!ModelBundle.sha256(Files.readAllBytes(file)).equals(ModelBundle.sha256(text))) {
      throw new UserError(
          file + ": that part was begun with another configuration; name another --out");
    }
    TrainConfig config = ConfigFile.read(file);
    if (config.stages().stream()
        .flatMap(stage -> stage.data().stream())
        .anyMatch(source -> source instanceof LabelSource.Topic)) {
      throw new UserError(
          file
              + ": labels from a topic may change from part to part, and the parts would not"
              + " compare; name the csv that a training kept of them");
    }
    return new Opened(folder, config, ModelBundle.sha256(text));
  }

  private static PartResult read(Path file, String digest) throws IOException {
    try {
      PartResult result = JSON.readValue(file.toFile(), PartResult.class);
      if (!result.config().equals(digest)) {
        throw new UserError(file + ": is of another configuration; name another --out");
      }
      return result;
    } catch (JacksonException e) {
      throw new UserError(file + ": no result of a part: " + e.getOriginalMessage(), e);
    }
  }
}
