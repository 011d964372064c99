package org.magsd.trainer.experiment;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.magsd.inference.UserError;
import org.magsd.inference.model.ModelJson;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.AtomicFile;
import org.magsd.trainer.fit.ConfigFile;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.FolderLock;
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
  private static final long WAIT_MILLIS = 500;
  private final Path data;
  private final Path out;
  private final BooleanSupplier interrupted;
  private final Console console;

  /**
   * @param data folder the configurations' csv paths are relative to
   * @param out folder for all parts
   * @param interrupted asked after each film read and each batch whether to stop there
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

  /**
   * A part to be done.
   *
   * @param before the part that trains all stages but the last, if not this one itself
   */
  record Planned(Part part, Optional<Part> before) {}

  /** A configuration on disk, read back. */
  private record Opened(Path folder, TrainConfig config, String digest) {}

  /**
   * The configuration that an experiment's parts are made from.
   *
   * @throws UserError if it takes labels from a topic, beside what {@link ConfigFile#read} refuses
   */
  static TrainConfig base(Path file) {
    TrainConfig config = ConfigFile.read(file);
    if (config.stages().stream()
        .flatMap(stage -> stage.data().stream())
        .anyMatch(source -> source instanceof LabelSource.Topic)) {
      throw new UserError(
          file
              + ": labels from a topic may change from part to part, and the parts would not"
              + " compare; name the csv that a training kept of them");
    }
    return config;
  }

  /** What a part is trained by. */
  TrainConfig config(Part part) {
    return ConfigFile.read(out.resolve(part.name()).resolve("train.yaml"));
  }

  /**
   * Trains parts, or reads the results of those that are trained. Parts that another process trains
   * are left to it and waited for.
   *
   * @return the results by name, in the order given; absent if interrupted
   */
  Optional<Map<String, PartResult>> runAll(List<Planned> all)
      throws IOException, InterruptedException {
    Map<String, PartResult> done = new LinkedHashMap<>();
    all.forEach(planned -> done.put(planned.part().name(), null));
    List<Planned> open = new ArrayList<>(all);
    while (!open.isEmpty()) {
      boolean idle = true;
      for (Planned planned : List.copyOf(open)) {
        Attempt attempt = attempt(planned);
        if (attempt.interrupted()) {
          return Optional.empty();
        }
        if (attempt.result().isPresent()) {
          done.put(planned.part().name(), attempt.result().get());
          open.remove(planned);
          idle = false;
        }
      }
      if (idle) {
        Thread.sleep(WAIT_MILLIS);
        if (interrupted.getAsBoolean()) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(done);
  }

  /**
   * What came of a part: neither a result nor an interruption if another process is at it.
   *
   * @param result once trained
   */
  private record Attempt(Optional<PartResult> result, boolean interrupted) {
    static final Attempt TAKEN = new Attempt(Optional.empty(), false);
    static final Attempt INTERRUPTED = new Attempt(Optional.empty(), true);
  }

  private Attempt attempt(Planned planned) throws IOException, InterruptedException {
    try {
      return FolderLock.holding(out.resolve(planned.part().name()), () -> attemptHeld(planned))
          .orElse(Attempt.TAKEN);
    } catch (CancellationException e) {
      return Attempt.INTERRUPTED;
    }
  }

  private Attempt attemptHeld(Planned planned) throws IOException, InterruptedException {
    Opened opened = open(planned.part());
    Path file = opened.folder().resolve("result.json");
    if (Files.exists(file)) {
      return new Attempt(Optional.of(read(file, opened.digest())), false);
    }
    Training training = training(opened);
    if (!training.begun() && planned.before().isPresent()) {
      Part before = planned.before().get();
      Path folder = out.resolve(before.name());
      Optional<Boolean> prepared = FolderLock.holding(folder, () -> prepare(before));
      if (prepared.isEmpty()) {
        return Attempt.TAKEN;
      }
      if (!prepared.get()) {
        return Attempt.INTERRUPTED;
      }
      training.adopt(folder);
    }
    return run(planned.part().name(), training, opened.digest(), file)
        .map(result -> new Attempt(Optional.of(result), false))
        .orElse(Attempt.INTERRUPTED);
  }

  private boolean prepare(Part part) throws IOException, InterruptedException {
    Training training = training(open(part));
    console.say(part.name());
    return training.prepare(training.begun());
  }

  private Optional<PartResult> run(String name, Training training, String digest, Path file)
      throws IOException, InterruptedException {
    console.say(name);
    Training.Result result = training.run(training.begun());
    if (!result.finished()) {
      return Optional.empty();
    }
    PartResult kept =
        new PartResult(
            digest, result.validation(), result.excluded(), result.history(), result.seconds());
    AtomicFile.write(file, JSON.writeValueAsBytes(kept));
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
      AtomicFile.write(file, text);
    } else if (!Sha256.hex(file).equals(Sha256.hex(text))) {
      throw new UserError(
          file + ": that part was begun with another configuration; name another --out");
    }
    return new Opened(folder, ConfigFile.read(file), Sha256.hex(text));
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
