package org.magsd.trainer.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.magsd.trainer.fit.ConfigFile;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.LossMode;
import org.magsd.trainer.fit.StageConfig;
import org.magsd.trainer.fit.TrainConfig;

/**
 * The paper's ablation: the same films, split, schedule and seed for the plain backbone, then with
 * multiscale attention, with attention-guided copies, and with the soft-distance loss on them.
 *
 * <p>Variants differ in a configuration's last stage. The stages before it are trained with plain
 * cross-entropy, once for the networks with and once for that without attention, and count in each
 * variant's budget. Every variant is judged as its last epoch left it: no film judged by chooses.
 * The plain backbone's last layer learns as fast as the others, since its inputs are not scaled by
 * 100.
 *
 * <p>Source: Li et al. 2021, section IV.D and table IV.
 */
public final class Ablation {
  /** What the variants have the same of. */
  public enum Budget {
    /** Epochs, as in the paper: variants with copies pass each film four times. */
    EPOCHS,
    /** Passes of a film: variants without copies get four times the epochs. */
    PASSES
  }

  /** The variants, each with what the one before has. */
  enum Variant {
    BACKBONE("plain backbone", LossMode.PLAIN),
    ATTENTION("+ multiscale attention", LossMode.PLAIN),
    AUGMENTATION("+ attention-guided augmentation", LossMode.COPIES),
    SOFT_DISTANCE("+ soft-distance loss", LossMode.SOFT_DISTANCE);

    private final String title;
    private final LossMode loss;

    Variant(String title, LossMode loss) {
      this.title = title;
      this.loss = loss;
    }

    String title() {
      return title;
    }

    /** As a folder and in JSON. */
    String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean attentive() {
      return this != BACKBONE;
    }
  }

  /** Passes of the variants with copies per pass of those without. */
  private static final int SHOTS = LossMode.SOFT_DISTANCE.passes();

  private final Path base;
  private final Path out;
  private final Budget budget;
  private final Optional<Integer> epochs;
  private final Parts parts;

  /**
   * @param base the configuration whose last stage is varied
   * @param data folder the configuration's csv paths are relative to
   * @param out folder for the variants and the tables
   * @param epochs of the last stage, where not the configuration's
   * @param interrupted asked after each film read and each batch whether to stop there
   */
  public Ablation(
      Path base,
      Path data,
      Path out,
      Budget budget,
      Optional<Integer> epochs,
      BooleanSupplier interrupted,
      Console console) {
    this.base = base;
    this.out = out;
    this.budget = budget;
    this.epochs = epochs;
    this.parts = new Parts(data, out, interrupted, console);
  }

  /**
   * Trains what is not trained yet, then writes {@code ablation.json}, {@code .md} and {@code
   * .html}.
   *
   * @return the content of the JSON file; absent if interrupted
   * @throws org.magsd.inference.UserError for a mistake in configuration or data
   */
  public Optional<ObjectNode> run() throws IOException, InterruptedException {
    List<Parts.Planned> all = new ArrayList<>();
    for (Variant variant : Variant.values()) {
      all.add(new Parts.Planned(part(variant), before(variant)));
    }
    Optional<Map<String, PartResult>> trained = parts.runAll(all);
    if (trained.isEmpty()) {
      return Optional.empty();
    }
    Map<Variant, PartResult> results = new EnumMap<>(Variant.class);
    Map<Variant, TrainConfig> configs = new EnumMap<>(Variant.class);
    for (Variant variant : Variant.values()) {
      results.put(variant, trained.get().get(variant.key()));
      configs.put(variant, parts.config(part(variant)));
    }
    return Optional.of(new AblationReport(budget, configs, results).write(out));
  }

  private Parts.Part part(Variant variant) {
    return new Parts.Part(variant.key(), tree(variant));
  }

  /** The part that trains the stages before the last, where there are any. */
  private Optional<Parts.Part> before(Variant variant) {
    Variant first = variant.attentive() ? Variant.ATTENTION : Variant.BACKBONE;
    JsonNode tree = tree(first);
    return Optional.of(new Parts.Part("before-" + first.key(), tree))
        .filter(part -> tree.path("stages").size() > 1);
  }

  /** A variant's configuration. */
  private ObjectNode tree(Variant variant) {
    TrainConfig config = Parts.base(base);
    ObjectNode tree = ConfigFile.tree(base).deepCopy();
    int scales = config.network().scales() == 0 ? 3 : config.network().scales();
    tree.withObject("/network").put("scales", variant.attentive() ? scales : 0);
    ArrayNode stages = tree.withArray("/stages");
    for (int i = 0; i < stages.size(); i++) {
      ObjectNode stage = (ObjectNode) stages.get(i);
      stage.put("loss", "plain");
      stage.put("select", "last");
      if (!variant.attentive()) {
        stage.put("headFactor", 1.0);
      }
    }
    vary((ObjectNode) stages.get(stages.size() - 1), config, variant);
    return tree;
  }

  private void vary(ObjectNode stage, TrainConfig config, Variant variant) {
    StageConfig last = config.stages().get(config.stages().size() - 1);
    int times = budget == Budget.PASSES ? SHOTS / variant.loss.passes() : 1;
    stage.put("loss", variant.loss.key());
    stage.put("epochs", epochs.orElse(last.epochs()) * times);
    if (times > 1) {
      ObjectNode schedule = stage.withObject("/schedule");
      schedule.put("warmUp", last.schedule().warmUp() * times);
      ArrayNode steps = schedule.putArray("steps");
      last.schedule().steps().forEach(step -> steps.add(step * times));
    }
  }
}
