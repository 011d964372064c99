package org.magsd.trainer.fit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.magsd.inference.UserError;
import org.magsd.inference.model.ClassInfo;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.Preprocessing;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.SplitManifest;
import org.magsd.trainer.evaluate.Bootstrap;
import org.magsd.trainer.evaluate.Calibration;
import org.magsd.trainer.evaluate.Evaluation;
import org.magsd.trainer.evaluate.Floors;
import org.magsd.trainer.evaluate.Interval;
import org.magsd.trainer.evaluate.Thresholds;
import org.magsd.trainer.export.BundleExport;
import org.magsd.trainer.export.ExportException;
import org.magsd.trainer.export.KnownFilms;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.weights.Tensor;

/** Turns a finished run into a model bundle: calibrates, measures, writes the card, exports. */
public final class BundleMaker {
  /** Films on which the exported model is compared with the trained one. */
  private static final int PARITY_FILMS = 24;

  /** Training films from which int8 ranges are taken. */
  private static final int CALIBRATION_FILMS = 64;

  /** Training films from which the model learns what films look like; more add nothing. */
  private static final int KNOWN_FILMS = 2000;

  private static final String NO_DIGEST = "0".repeat(64);
  private final TrainConfig config;
  private final Training.Result result;
  private final SplitManifest manifest;
  private final RunMetadata run;
  private final BooleanSupplier interrupted;
  private final double temperature;
  private final Evaluation validation;
  private final Optional<Evaluation> neverTrainedOn;
  private final Calibration.Summary calibration;

  /**
   * @param interrupted asked before each of the films that the model learns to know whether to stop
   */
  public BundleMaker(
      TrainConfig config, Training.Result result, RunMetadata run, BooleanSupplier interrupted) {
    this.config = config;
    this.result = result;
    this.manifest = result.manifest();
    this.run = run;
    this.interrupted = interrupted;
    this.temperature = Calibration.temperature(result.validation());
    this.validation = Evaluation.of(config.classNames(), result.validation(), temperature);
    this.neverTrainedOn =
        result.excluded().isEmpty()
            ? Optional.empty()
            : Optional.of(Evaluation.of(config.classNames(), result.excluded(), temperature));
    this.calibration = Calibration.summary(result.validation(), temperature);
  }

  /** What a run is worth on its validation films, calibrated on them. */
  public Evaluation validation() {
    return validation;
  }

  /** What it is worth on films that no choice was made on; absent where there are none. */
  public Optional<Evaluation> neverTrainedOn() {
    return neverTrainedOn;
  }

  /**
   * Writes the bundle.
   *
   * @throws UserError if ONNX Runtime does not compute what the trained network computes
   * @throws CancellationException if interrupted
   */
  public ModelBundle write(Path directory) throws IOException {
    Preprocessing preprocessing = config.preprocessing();
    try (MaNet net = new MaNet(config.network().of(config.classes().size()), result.weights())) {
      return new BundleExport(
              net,
              prepared(result.data().validation(), PARITY_FILMS, preprocessing),
              calibration(preprocessing),
              known(preprocessing),
              result.data().validation())
          .write(directory, card(), config.card().precision(), provenance());
    } catch (ExportException e) {
      throw new UserError("no bundle: " + e.getMessage(), e);
    }
  }

  private ModelCard card() {
    List<ModelCard.Measurement> metrics = new ArrayList<>(measured(validation, "validation"));
    neverTrainedOn.ifPresent(of -> metrics.addAll(measured(of, "never-trained-on")));
    return new ModelCard(
        config.name(),
        config.card().version(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        NO_DIGEST,
        BundleExport.Precision.FP32.label(),
        config.preprocessing().size(),
        config.preprocessing(),
        classes(),
        temperature,
        Optional.empty(),
        new ModelCard.Training(
            manifest.sources(), Optional.of(manifest.digest()), manifest.learntFrom()),
        metrics,
        Optional.empty(),
        run.versions(),
        config.card().limitations(),
        details());
  }

  private List<ClassInfo> classes() {
    List<ClassInfo> classes = new ArrayList<>();
    for (int k = 0; k < config.classes().size(); k++) {
      classes.add(
          config.classes().get(k).info(Thresholds.best(result.validation(), k, temperature)));
    }
    return classes;
  }

  /** What the temperature does to the validation films. */
  public Calibration.Summary calibration() {
    return calibration;
  }

  private Optional<KnownFilms> known(Preprocessing preprocessing) {
    return Optional.of(
        new KnownFilms(
            known(result.data().train(), preprocessing),
            known(result.data().validation(), preprocessing)));
  }

  private List<Supplier<float[]>> known(List<Film> films, Preprocessing preprocessing) {
    return spread(films, KNOWN_FILMS).stream()
        .map(film -> (Supplier<float[]>) () -> unlessInterrupted(film).prepared(preprocessing))
        .toList();
  }

  private Film unlessInterrupted(Film film) {
    if (interrupted.getAsBoolean()) {
      throw new CancellationException();
    }
    return film;
  }

  private Map<String, Object> details() {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("floor", floors());
    details.put("calibration", calibration);
    details.put("filmsByStage", manifest.counts());
    details.put("network", config.network());
    details.put("attribution", config.card().attribution());
    details.put("epochs", result.history().size());
    details.put("secondsOfTraining", run.seconds());
    run.commit().ifPresent(commit -> details.put("commit", commit));
    details.put("configuration", run.config());
    run.weights().ifPresent(digest -> details.put("startingWeights", digest));
    return details;
  }

  /** What is reached without seeing disease: the thumbnails' floor, and beside it the others. */
  private Map<String, Object> floors() {
    Floors floors =
        Floors.of(result.data().train(), result.data().validation(), config.classes().size());
    Map<String, Object> told =
        floor(
            "validation accuracy of softmax regression on 24x24 thumbnails of whole films",
            floors.thumbnails());
    told.put(
        "aspectAndBrightness",
        floor(
            "the same on the ratio of the sides and the mean grey alone",
            floors.aspectAndBrightness()));
    told.put(
        "majority",
        floor(
            "the class most frequent among the training films, for every film", floors.majority()));
    return told;
  }

  private static Map<String, Object> floor(String what, double accuracy) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("what", what);
    told.put("accuracy", accuracy);
    return told;
  }

  private Map<String, String> provenance() {
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("name", config.name());
    provenance.put("version", config.card().version());
    provenance.put("configuration", run.config());
    run.weights().ifPresent(digest -> provenance.put("startingWeights", digest));
    provenance.put("split", manifest.digest());
    run.commit().ifPresent(commit -> provenance.put("commit", commit));
    return provenance;
  }

  private static List<ModelCard.Measurement> measured(Evaluation evaluation, String split) {
    List<ModelCard.Measurement> measured = new ArrayList<>();
    Evaluation.OfSource all =
        new Evaluation.OfSource(
            evaluation.overall(), evaluation.intervals(), evaluation.classIntervals());
    measured.add(measurement("all", split, all, evaluation.classes()));
    evaluation
        .sources()
        .forEach(
            (source, of) -> measured.add(measurement(source, split, of, evaluation.classes())));
    return measured;
  }

  private static ModelCard.Measurement measurement(
      String source, String split, Evaluation.OfSource of, List<String> labels) {
    Map<String, Map<String, ModelCard.Interval>> classes = new LinkedHashMap<>();
    List<List<Integer>> confusion = new ArrayList<>();
    for (int k = 0; k < labels.size(); k++) {
      classes.put(
          labels.get(k),
          values(
              Bootstrap.CLASS_VALUES, of.metrics().classes().get(k), of.classIntervals().get(k)));
      confusion.add(Arrays.stream(of.metrics().confusion()[k]).boxed().toList());
    }
    return new ModelCard.Measurement(
        source,
        split,
        of.metrics().n(),
        values(Bootstrap.VALUES, of.metrics(), of.intervals()),
        classes,
        confusion);
  }

  /** Estimates as far as they are defined, with their intervals as far as these are. */
  private static <M> Map<String, ModelCard.Interval> values(
      Map<String, ToDoubleFunction<M>> names, M metrics, Map<String, Interval> intervals) {
    Map<String, ModelCard.Interval> values = new LinkedHashMap<>();
    names.forEach(
        (name, value) -> {
          double estimate = value.applyAsDouble(metrics);
          if (Double.isFinite(estimate)) {
            values.put(name, figure(estimate, Optional.ofNullable(intervals.get(name))));
          }
        });
    return values;
  }

  private static ModelCard.Interval figure(double estimate, Optional<Interval> interval) {
    return new ModelCard.Interval(
        estimate, interval.map(Interval::low), interval.map(Interval::high));
  }

  private static List<float[]> prepared(List<Film> films, int most, Preprocessing preprocessing) {
    return spread(films, most).stream().map(film -> film.prepared(preprocessing)).toList();
  }

  /**
   * At most so many, spread over a list that is ordered by csv line, so that all sources are in.
   */
  static <T> List<T> spread(List<T> all, int most) {
    int count = Math.min(all.size(), most);
    return IntStream.range(0, count)
        .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
        .toList();
  }

  private List<Tensor> calibration(Preprocessing preprocessing) {
    if (config.card().precision() != BundleExport.Precision.INT8) {
      return List.of();
    }
    int size = preprocessing.size();
    return prepared(result.data().train(), CALIBRATION_FILMS, preprocessing).stream()
        .map(film -> new Tensor(Arrays.copyOf(film, film.length), 1, 1, size, size))
        .toList();
  }
}
