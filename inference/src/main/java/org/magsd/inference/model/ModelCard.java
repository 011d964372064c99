package org.magsd.inference.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The model card, {@code model.json}: all that serving must know of a model and all that a reader
 * should know before trusting it. A card that contradicts itself cannot be made.
 *
 * @param name the model's name, also its bundle's folder
 * @param version its version
 * @param created when it was exported
 * @param sha256 digest of {@code model.onnx}, lower-case hex
 * @param precision of the weights: {@code fp32}, {@code fp16}, {@code int8}
 * @param inputSize side of the square input in pixels, {@code H = W}
 * @param preprocessing from film to input
 * @param classes in the order of the logits
 * @param temperature calibration: probabilities are {@code softmax(logits / temperature)}
 * @param outOfDistribution when a film is too strange to be assessed; absent: never
 * @param training what it was trained on
 * @param metrics how good it is, per source and split
 * @param parity how close ONNX Runtime comes to the trained network
 * @param versions of the software that made it
 * @param limitations what it must not be used for, in plain sentences
 * @param details anything further, not interpreted
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record ModelCard(
    String name,
    String version,
    Instant created,
    String sha256,
    String precision,
    int inputSize,
    Preprocessing preprocessing,
    List<ClassInfo> classes,
    double temperature,
    Optional<OutOfDistribution> outOfDistribution,
    Training training,
    List<Measurement> metrics,
    Optional<Parity> parity,
    Map<String, String> versions,
    List<String> limitations,
    Map<String, Object> details) {

  /**
   * What a model was trained on.
   *
   * @param dataDigests SHA-256 of each data set's listing, by its name
   * @param splitDigest SHA-256 of the split manifest; absent where there was no split
   * @param films number of training films
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public record Training(Map<String, String> dataDigests, Optional<String> splitDigest, int films) {
    public Training {
      dataDigests = ordered(dataDigests);
      dataDigests.forEach(
          (data, digest) -> CardRules.requireDigest("training.dataDigests." + data, digest));
      splitDigest = splitDigest == null ? Optional.empty() : splitDigest;
      splitDigest.ifPresent(digest -> CardRules.requireDigest("training.splitDigest", digest));
      CardRules.require(films >= 0, "training.films", films, "0 or more");
    }
  }

  /**
   * Figures measured on one set of films.
   *
   * @param source the films' origin, {@code all} for all of them together
   * @param split which part: {@code validation}, {@code test}, {@code held-out}
   * @param films how many
   * @param values by name, e.g. {@code macroF1}, {@code auroc}, {@code calibrationError}
   * @param classes the same of each class against the rest, e.g. {@code recall}, by label; empty
   *     where not measured
   * @param confusion films by true class (row) and assessed class (column), in class order; empty
   *     where not counted
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Measurement(
      String source,
      String split,
      int films,
      Map<String, Interval> values,
      Map<String, Map<String, Interval>> classes,
      List<List<Integer>> confusion) {
    public Measurement {
      CardRules.requireText("metrics.source", source);
      CardRules.requireText("metrics.split", split);
      CardRules.require(films > 0, "metrics.films", films, "above 0");
      values = ordered(values);
      classes = ordered(classes);
      confusion = confusion == null ? List.of() : confusion.stream().map(List::copyOf).toList();
    }
  }

  /**
   * A figure with its 95 % confidence interval, where it has one.
   *
   * @param value the estimate
   * @param low lower end
   * @param high upper end
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  public record Interval(double value, Optional<Double> low, Optional<Double> high) {
    public Interval {
      CardRules.requireFinite("metrics.values.value", value);
      low = low == null ? Optional.empty() : low;
      high = high == null ? Optional.empty() : high;
      CardRules.require(
          low.isPresent() == high.isPresent(), "metrics.values.low", low, "given as high is");
      if (low.isPresent() && high.isPresent()) {
        CardRules.require(
            low.get() <= high.get(), "metrics.values.low", low.get(), "at most " + high.get());
      }
    }
  }

  /**
   * The trained network against ONNX Runtime on the same films.
   *
   * @param films how many were compared
   * @param maxDifference greatest difference of any logit, attention value or strangeness, as a
   *     share of what it is measured by (of a logit the film's greatest one) where that is above
   *     one
   * @param tolerance the difference allowed at export
   */
  public record Parity(int films, double maxDifference, double tolerance) {
    public Parity {
      CardRules.require(films > 0, "parity.films", films, "above 0");
      CardRules.require(
          maxDifference >= 0 && maxDifference <= tolerance,
          "parity.maxDifference",
          maxDifference,
          "0 to the tolerance " + tolerance);
    }
  }

  public ModelCard {
    CardRules.requireName("name", name);
    CardRules.requireText("version", version);
    CardRules.require(created != null, "created", "nothing", "a time");
    CardRules.requireDigest("sha256", sha256);
    CardRules.requireName("precision", precision);
    CardRules.require(preprocessing != null, "preprocessing", "nothing", "given");
    CardRules.require(
        inputSize == preprocessing.size(),
        "inputSize",
        inputSize,
        "the preprocessing's size " + preprocessing.size());
    classes = classes == null ? List.of() : List.copyOf(classes);
    CardRules.require(classes.size() >= 2, "classes", classes.size() + " of them", "two or more");
    long labels = classes.stream().map(ClassInfo::label).distinct().count();
    CardRules.require(labels == classes.size(), "classes", classes, "of different labels");
    CardRules.require(
        temperature > 0 && Double.isFinite(temperature), "temperature", temperature, "above 0");
    outOfDistribution = outOfDistribution == null ? Optional.empty() : outOfDistribution;
    CardRules.require(training != null, "training", "nothing", "given");
    metrics = metrics == null ? List.of() : List.copyOf(metrics);
    parity = parity == null ? Optional.empty() : parity;
    versions = ordered(versions);
    limitations = limitations == null ? List.of() : List.copyOf(limitations);
    details = ordered(details);
  }

  /** The labels in class order. */
  @JsonIgnore
  public List<String> labels() {
    return classes.stream().map(ClassInfo::label).toList();
  }

  /** How machine output names this model: {@code name@version:} and 12 digits of its digest. */
  @JsonIgnore
  public String id() {
    return name + "@" + version + ":" + sha256.substring(0, 12);
  }

  /** The same card for other ONNX bytes. */
  public ModelCard withSha256(String digest) {
    return new ModelCard(
        name,
        version,
        created,
        digest,
        precision,
        inputSize,
        preprocessing,
        classes,
        temperature,
        outOfDistribution,
        training,
        metrics,
        parity,
        versions,
        limitations,
        details);
  }

  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
