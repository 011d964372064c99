package org.magsd.trainer.fit;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.magsd.inference.model.ClassInfo;
import org.magsd.inference.model.Preprocessing;
import org.magsd.trainer.data.FilmAugmentation;
import org.magsd.trainer.data.LicenceFilter;
import org.magsd.trainer.export.BundleExport;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.MaNetConfig;

/**
 * {@code config/train.yaml}: everything that decides what a run computes, except the data folder.
 *
 * @param name the model's, and its folder's
 * @param seed of initial weights, order and variations
 * @param classes the model's classes in the order of its logits
 * @param network the network's shape
 * @param weights checkpoint to begin with, as {@code import-weights} writes it: its backbone must
 *     be this one, other tensors are taken where they fit; absent: fresh weights
 * @param preprocessing from film to network input, shared with serving
 * @param data which films may be used
 * @param augmentation how films are varied
 * @param stages in order
 * @param machine where it runs
 * @param card what the model card says beside figures
 */
public record TrainConfig(
    String name,
    long seed,
    List<ClassConfig> classes,
    NetworkConfig network,
    Optional<String> weights,
    Preprocessing preprocessing,
    DataConfig data,
    FilmAugmentation augmentation,
    List<StageConfig> stages,
    MachineConfig machine,
    CardConfig card) {

  /** What a run writes into its folder, in which the bundle's folder bears the model's name. */
  private static final Pattern OF_THE_RUN =
      Pattern.compile(
          "lock|state\\.safetensors|train\\.yaml|labels-[0-9a-f]{12}|report\\.html"
              + "|(manifest|history|run|metrics)\\.json"
              + "|(losses|scores|roc|confusion|reliability|heat-maps)\\.png");

  /**
   * What the model card says beside figures.
   *
   * @param version of the model
   * @param precision how the exported weights are stored
   * @param limitations what the model must not be used for
   * @param attribution whom the training films are owed to
   */
  public record CardConfig(
      String version,
      BundleExport.Precision precision,
      List<String> limitations,
      List<String> attribution) {
    public CardConfig {
      Keys.require(version != null && !version.isBlank(), "card.version", version, "given");
      Keys.require(precision != null, "card.precision", "nothing", "fp32, fp16 or int8");
      limitations = limitations == null ? List.of() : List.copyOf(limitations);
      attribution = attribution == null ? List.of() : List.copyOf(attribution);
    }
  }

  /**
   * A class; what the model card would refuse of it is refused before a film is read.
   *
   * @param name as in the labels csv
   * @param display for people
   * @param finding whether it is something found (false for normal films)
   * @param snomed SNOMED CT code
   * @param snomedDisplay that code's own display text
   */
  public record ClassConfig(
      String name, String display, boolean finding, String snomed, String snomedDisplay) {
    public ClassConfig {
      try {
        info(name, display, finding, snomed, snomedDisplay, 1);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            e.getMessage()
                .replaceFirst(
                    "(?s)^classes\\.label:(.*)",
                    "classes.name:$1; other labels of a csv stand for a class by data.map")
                .replaceFirst("^classes\\.snomed\\.code:", "classes.snomed:")
                .replaceFirst("^classes\\.snomed\\.display:", "classes.snomedDisplay:"),
            e);
      }
    }

    /** As the model card has it. */
    ClassInfo info(double threshold) {
      return info(name, display, finding, snomed, snomedDisplay, threshold);
    }

    private static ClassInfo info(
        String name,
        String display,
        boolean finding,
        String snomed,
        String snomedDisplay,
        double threshold) {
      return new ClassInfo(
          name,
          display,
          finding,
          Optional.of(new ClassInfo.Snomed(snomed, snomedDisplay)),
          threshold);
    }
  }

  /**
   * The network's shape.
   *
   * @param backbone ResNet depth 18, 34 or 50
   * @param scales stages that feed the attention, 0 (plain backbone) to 3
   * @param maps attention maps
   */
  public record NetworkConfig(int backbone, int scales, int maps) {
    public NetworkConfig {
      Keys.require(List.of(18, 34, 50).contains(backbone), "backbone", backbone, "18, 34 or 50");
      Keys.require(scales >= 0 && scales <= 3, "scales", scales, "0..3");
      Keys.require(maps >= 1 && maps <= 1024, "maps", maps, "1..1024");
    }

    MaNetConfig of(int classes) {
      return new MaNetConfig(Backbone.ofDepth(backbone), scales, maps, classes);
    }
  }

  /**
   * Which films may be used.
   *
   * @param excludeLicences regular expressions; training leaves out films whose licence one matches
   * @param nearDuplicateBits films whose 256-bit hashes differ in at most so many bits stay on one
   *     side; -1 for no such check
   * @param sources names for sources, by a part of the csv's {@code source_repo}
   */
  public record DataConfig(
      List<String> excludeLicences, int nearDuplicateBits, List<SourceName> sources) {
    /** A part of a {@code source_repo} and the name it gets. */
    public record SourceName(String part, String name) {
      public SourceName {
        Keys.require(part != null && !part.isEmpty(), "part", part, "a part of source_repo");
        Keys.require(name != null && !name.isBlank(), "name", name, "a short name");
      }
    }

    public DataConfig {
      excludeLicences = excludeLicences == null ? List.of() : List.copyOf(excludeLicences);
      sources = sources == null ? List.of() : List.copyOf(sources);
      // Refuses what is no regular expression, before a film is read.
      new LicenceFilter(excludeLicences);
      Keys.require(
          nearDuplicateBits >= -1 && nearDuplicateBits <= 64,
          "nearDuplicateBits",
          nearDuplicateBits,
          "-1..64");
    }

    /** The name of a csv's {@code source_repo}. */
    public String source(String repository) {
      return sources.stream()
          .filter(source -> repository.contains(source.part()))
          .map(SourceName::name)
          .findFirst()
          .orElse(repository);
    }
  }

  /**
   * Where it runs.
   *
   * @param device CPU or CUDA
   * @param threads threads of the arithmetic, 0 for the engine's choice
   * @param loaders threads that prepare batches
   */
  public record MachineConfig(Target device, int threads, int loaders) {
    /** CPU or CUDA. */
    public enum Target {
      @JsonProperty("cpu")
      CPU,
      @JsonProperty("cuda")
      CUDA
    }

    public MachineConfig {
      Keys.require(device != null, "device", "nothing", "cpu or cuda");
      Keys.require(threads >= 0 && threads <= 1024, "threads", threads, "0..1024");
      Keys.require(loaders >= 1 && loaders <= 64, "loaders", loaders, "1..64");
    }
  }

  public TrainConfig {
    Keys.require(
        name != null && name.matches("[a-z0-9][a-z0-9.-]{0,99}"), "name", name, "a folder's name");
    Keys.require(
        !OF_THE_RUN.matcher(name).matches(),
        "name",
        name,
        "another: something that a run writes beside its bundle is named so");
    classes = classes == null ? List.of() : List.copyOf(classes);
    Keys.require(classes.size() >= 2, "classes", classes.size(), "two or more");
    Keys.require(network != null, "network", "nothing", "given");
    Keys.require(preprocessing != null, "preprocessing", "nothing", "given");
    Keys.require(
        preprocessing.size() % 32 == 0,
        "preprocessing.size",
        preprocessing.size(),
        "a multiple of 32");
    Keys.require(
        RunData.wide(preprocessing.size()) <= Preprocessing.GREATEST_SIZE,
        "preprocessing.size",
        preprocessing.size(),
        (int) (Preprocessing.GREATEST_SIZE / RunData.MARGIN)
            + " at most: for training films are kept at "
            + RunData.MARGIN
            + " times the side, and "
            + Preprocessing.GREATEST_SIZE
            + " is the limit");
    weights = weights == null ? Optional.empty() : weights;
    Keys.require(data != null, "data", "nothing", "given");
    Keys.require(augmentation != null, "augmentation", "nothing", "given");
    Keys.require(machine != null, "machine", "nothing", "given");
    Keys.require(card != null, "card", "nothing", "given");
    stages = stages == null ? List.of() : List.copyOf(stages);
    Keys.require(!stages.isEmpty(), "stages", "nothing", "at least one");
    List<String> named = classes.stream().map(ClassConfig::name).toList();
    for (StageConfig stage : stages) {
      long side = stage.size().orElse(preprocessing.size());
      Keys.require(
          stage.batch() * side * side <= Integer.MAX_VALUE / Float.BYTES,
          "stages.batch",
          stage.batch(),
          "smaller: a batch of images of this size must stay below 2 GiB");
      List<String> told = stage.classes().orElse(named);
      stage.data().forEach(source -> source.mapping(told));
    }
    List<String> names = stages.stream().map(StageConfig::name).toList();
    Keys.require(
        Set.copyOf(names).size() == names.size(), "stages.name", names, "different for each stage");
    List<String> last = stages.get(stages.size() - 1).classes().orElse(named);
    Keys.require(
        last.equals(named),
        "stages.classes",
        last,
        "left out in the last stage, or the model's in their order: " + named);
    int side = stages.get(stages.size() - 1).size().orElse(preprocessing.size());
    Keys.require(
        side == preprocessing.size(),
        "stages.size",
        side,
        "left out in the last stage, or preprocessing.size: " + preprocessing.size());
  }

  /** The preprocessing in a stage. */
  Preprocessing preprocessing(StageConfig stage) {
    return stage.size().map(preprocessing::withSize).orElse(preprocessing);
  }

  /** Class names in the order of the logits. */
  public List<String> classNames() {
    return classes.stream().map(ClassConfig::name).toList();
  }

  /** Those of a stage. */
  public List<String> classNames(StageConfig stage) {
    return stage.classes().orElseGet(this::classNames);
  }
}
