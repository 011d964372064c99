package org.magsd.trainer.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.magsd.inference.UserError;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.Sample;
import org.magsd.trainer.fit.ConfigFile;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.Division;
import org.magsd.trainer.fit.LabelSource;
import org.magsd.trainer.fit.StageConfig;
import org.magsd.trainer.fit.StageFilms;
import org.magsd.trainer.fit.TrainConfig;

/**
 * Trains a configuration several times, each time with other films of the last stage held out,
 * until every film was: by folds (patients with their near-duplicates, stratified by class and
 * source) or by source.
 *
 * <p>No held-out film has a say in any choice: every stage ends with its last epoch, and no stage
 * learns from a patient or a source that is held out. The authors chose the epoch on the fold they
 * reported.
 */
public final class CrossValidation {
  private static final int DIGEST_DIGITS = 8;

  private final Path base;
  private final Path data;
  private final Path out;
  private final Optional<Integer> epochs;
  private final Console console;
  private final Parts parts;

  /**
   * @param base the configuration to train
   * @param data folder the configuration's csv paths are relative to
   * @param out folder for the parts and the tables
   * @param epochs of the last stage, where not the configuration's
   * @param interrupted asked after each film read and each batch whether to stop there
   */
  public CrossValidation(
      Path base,
      Path data,
      Path out,
      Optional<Integer> epochs,
      BooleanSupplier interrupted,
      Console console) {
    this.base = base;
    this.data = data;
    this.out = out;
    this.epochs = epochs;
    this.console = console;
    this.parts = new Parts(data, out, interrupted, console);
  }

  /**
   * By folds; trains what is not trained yet, then writes {@code cross-validation.json}, {@code
   * .md} and {@code .html}.
   *
   * @return the content of the JSON file; absent if interrupted
   * @throws UserError for a mistake in configuration or data
   */
  public Optional<ObjectNode> byFolds(int folds) throws IOException, InterruptedException {
    List<List<Sample>> films = films();
    List<Parts.Part> all = new ArrayList<>();
    for (int fold = 1; fold <= folds; fold++) {
      int number = fold;
      Parts.Part part =
          part(
              "fold-" + fold,
              split -> split.put("by", "fold").put("folds", folds).put("fold", number));
      TrainConfig config = ConfigFile.read(part.tree(), base);
      try {
        requireUsable(config, films);
      } catch (UserError e) {
        throw new UserError(
            "%s: fold %d of %d: %s".formatted(base, fold, folds, e.getMessage()), e);
      }
      all.add(part);
    }
    return run(all, Map.of());
  }

  /**
   * By source, one left out at a time; a source without which a stage cannot be trained is left in,
   * and named. Writes what {@link #byFolds} writes.
   */
  public Optional<ObjectNode> bySource() throws IOException, InterruptedException {
    Map<String, String> impossible = new LinkedHashMap<>();
    List<Parts.Part> all = new ArrayList<>();
    List<List<Sample>> films = films();
    List<Sample> judged = films.get(films.size() - 1);
    for (String source : new TreeSet<>(judged.stream().map(s -> s.film().source()).toList())) {
      Parts.Part part =
          part(
              "without-" + folderName(source),
              split -> split.put("by", "source").put("source", source));
      TrainConfig config = ConfigFile.read(part.tree(), base);
      try {
        requireUsable(config, films);
        all.add(part);
      } catch (UserError e) {
        // Goes into reports, which tell nothing of where this machine has its data.
        String here = data + data.getFileSystem().getSeparator();
        String why = "without it " + e.getMessage().replace(here, "");
        console.say("source " + source + " cannot be held out: " + why);
        impossible.put(source, why);
      }
    }
    if (all.isEmpty()) {
      throw new UserError(base + ": no source of the last stage can be held out");
    }
    return run(all, impossible);
  }

  /** Different for each source: where it is not the source's own name, a digest goes with it. */
  private static String folderName(String source) {
    String plain = source.replaceAll("[^A-Za-z0-9.-]", "-");
    return plain.equals(source)
        ? plain
        : plain
            + "-"
            + Sha256.hex(source.getBytes(StandardCharsets.UTF_8)).substring(0, DIGEST_DIGITS);
  }

  private Optional<ObjectNode> run(List<Parts.Part> all, Map<String, String> impossible)
      throws IOException, InterruptedException {
    Optional<Map<String, PartResult>> results =
        parts.runAll(all.stream().map(part -> new Parts.Planned(part, Optional.empty())).toList());
    if (results.isEmpty()) {
      return Optional.empty();
    }
    List<String> classes = parts.config(all.get(0)).classNames();
    return Optional.of(new CrossValidationReport(classes, results.get(), impossible).write(out));
  }

  private Parts.Part part(String name, Consumer<ObjectNode> split) {
    TrainConfig config = Parts.base(base);
    ObjectNode tree = ConfigFile.tree(base).deepCopy();
    tree.path("stages").forEach(stage -> ((ObjectNode) stage).put("select", "last"));
    int last = config.stages().size() - 1;
    ObjectNode stage = (ObjectNode) tree.path("stages").get(last);
    stage.put("epochs", epochs.orElse(config.stages().get(last).epochs()));
    split.accept(stage.putObject("split"));
    return new Parts.Part(name, tree);
  }

  /** Every stage's films, as the csvs tell of them. */
  private List<List<Sample>> films() {
    TrainConfig config = Parts.base(base);
    List<List<Sample>> films = new ArrayList<>();
    for (StageConfig stage : config.stages()) {
      List<Sample> own = new ArrayList<>();
      for (LabelSource source : stage.data()) {
        own.addAll(StageFilms.of(config, stage, source, data.resolve(source.name())));
      }
      films.add(own);
    }
    return films;
  }

  /**
   * Divides the films as a part's own run would, which else would find out when its turn comes,
   * hours later, and again whenever it is resumed. Only near-duplicates, which the pictures alone
   * tell, are left to that.
   *
   * @throws UserError if a stage of it cannot be trained or judged
   */
  private static void requireUsable(TrainConfig config, List<List<Sample>> films) {
    Division.of(config, films, told -> {});
  }
}
