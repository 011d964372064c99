package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.model.ClassInfo;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.OnnxModel;
import org.magsd.inference.model.OutOfDistribution;
import org.magsd.inference.model.Preprocessing;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;
import org.magsd.ingest.image.GrayImage;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.data.Glance;
import org.magsd.trainer.export.BundleExport;
import org.magsd.trainer.export.BundleExport.Precision;
import org.magsd.trainer.export.ExportException;
import org.magsd.trainer.export.KnownFilms;
import org.magsd.trainer.export.QuantisationCost;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.ParameterList;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

class BundleExportTest {
  private static final int SIZE = 64;
  private static final int FILMS = 2;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"18, 0", "18, 1", "18, 2", "34, 3", "50, 3"})
  void exportsWhatWasTrained(int depth, int scales) throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.ofDepth(depth), scales, 6, 3);

    ModelBundle bundle = export(config, Precision.FP32);

    assertThat(bundle.card().parity()).isPresent();
    assertThat(bundle.card().parity().get().films()).isEqualTo(FILMS);
    assertThat(bundle.card().parity().get().maxDifference()).isPositive().isLessThan(1e-4);
  }

  @Test
  void keepsHalfTheSizeAndNearlyTheNumbersWithSixteenBitWeights() throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);

    ModelBundle half = export(config, Precision.FP16);

    assertThat(half.card().precision()).isEqualTo("fp16");
    assertThat(half.onnx().length).isLessThan((int) (0.52 * fullSize(config)));
    assertThat(difference(half, "logits")).isPositive().isLessThan(0.002);
  }

  @Test
  void keepsAQuarterOfTheSizeWithEightBitWeights() throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);

    ModelBundle quantised = export(config, Precision.INT8);

    assertThat(quantised.card().precision()).isEqualTo("int8");
    assertThat(quantised.onnx().length).isLessThan((int) (0.3 * fullSize(config)));
    assertThat(difference(quantised, "logits")).isPositive().isLessThan(0.1);
  }

  /**
   * Kernels of one value and bright films: processors without VNNI would cut off the sums of two
   * products, which are 16 bits wide there.
   */
  @Test
  void addsUpEightBitProductsWithoutOverflow() throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);
    Map<String, Tensor> weights = new LinkedHashMap<>(ReferenceFill.weights(config).asMap());
    String kernel = "resnet_encoder.0.weight";
    float[] alike = weights.get(kernel).values().clone();
    Arrays.fill(alike, 0.02f);
    weights.put(kernel, new Tensor(alike, weights.get(kernel).shape()));
    float[] images = ReferenceFill.images("bright", FILMS, SIZE).values();
    for (int i = 0; i < images.length; i++) {
      images[i] = 3 + images[i] / 10;
    }
    Tensor bright = new Tensor(images, FILMS, 1, SIZE, SIZE);

    try (MaNet net = new MaNet(config, new TensorMap(weights))) {
      BundleExport export = new BundleExport(net, each(bright), List.of(bright), Optional.empty());
      ModelBundle quantised =
          export.write(directory.resolve("m"), card(3), Precision.INT8, Map.of());

      assertThat(difference(quantised, "logits")).isPositive().isLessThan(0.05);
    }
  }

  /** What batch normalisation has switched off still has a shift, in steps of a tiny kernel. */
  @Test
  void keepsTheShiftOfAChannelWithoutAKernelInEightBits() throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);
    Map<String, Tensor> weights = new LinkedHashMap<>(ReferenceFill.weights(config).asMap());
    float[] off = weights.get("resnet_encoder.1.weight").values().clone();
    float[] shift = weights.get("resnet_encoder.1.bias").values().clone();
    Arrays.fill(off, 0, off.length / 2, 0);
    Arrays.fill(shift, 0, off.length / 2, 2);
    weights.put("resnet_encoder.1.weight", new Tensor(off, off.length));
    weights.put("resnet_encoder.1.bias", new Tensor(shift, shift.length));
    Tensor calibration = ReferenceFill.images("calibration", 4, SIZE);

    try (MaNet net = new MaNet(config, new TensorMap(weights))) {
      ModelBundle quantised =
          new BundleExport(net, films(), List.of(calibration), Optional.empty())
              .write(directory.resolve("m"), card(3), Precision.INT8, Map.of());

      assertThat(difference(quantised, "logits")).isPositive().isLessThan(0.08);
    }
  }

  /** With logits of 30 a float32's seventh digit is a hundred-thousandth. */
  @Test
  void comparesTheLogitsOfASureNetworkByTheirSize() throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET50, 3, 6, 3);
    Map<String, Tensor> weights = new LinkedHashMap<>(ReferenceFill.weights(config).asMap());
    Tensor last = weights.get("fc.weight");
    float[] sure = last.values().clone();
    for (int i = 0; i < sure.length; i++) {
      sure[i] *= 1000;
    }
    weights.put("fc.weight", new Tensor(sure, last.shape()));

    try (MaNet net = new MaNet(config, new TensorMap(weights))) {
      ModelBundle bundle =
          new BundleExport(net, films(), List.of(), Optional.empty())
              .write(directory.resolve("m"), card(3), Precision.FP32, Map.of());

      assertThat(bundle.card().parity().orElseThrow().maxDifference()).isLessThan(1e-4);
    }
  }

  private static List<float[]> each(Tensor films) {
    long[] shape = films.shape();
    int pixels = (int) (shape[2] * shape[3]);
    return IntStream.range(0, (int) shape[0])
        .mapToObj(i -> Arrays.copyOfRange(films.values(), i * pixels, (i + 1) * pixels))
        .toList();
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void tellsFilmsUnlikeThoseOfTheTraining(Precision precision) throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);
    List<float[]> training = films("training", 12);
    List<float[]> validation = films("validation", 6);
    float[] stripes = new float[SIZE * SIZE];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = i / SIZE % 2 == 0 ? 3 : -3;
    }

    ModelBundle bundle =
        export(config, precision, Optional.of(new KnownFilms(each(training), each(validation))));

    OutOfDistribution rule = bundle.card().outOfDistribution().orElseThrow();
    assertThat(rule.score()).isEqualTo(OutOfDistribution.Score.DISTANCE);
    assertThat(bundle.card().parity().orElseThrow().maxDifference()).isLessThan(1e-4);
    try (OnnxModel model =
        OnnxModel.open(bundle, new SessionSettings(Processor.CPU, true, false, 0, false))) {
      for (float[] film : validation) {
        assertThat(strangeness(model, film)).isPositive().isLessThan(rule.threshold());
      }
      assertThat(strangeness(model, stripes)).isGreaterThan(rule.threshold());
      assertThat(model.run(List.of(validation.get(0), stripes)))
          .extracting(outputs -> outputs.strangeness().orElseThrow() > rule.threshold())
          .containsExactly(false, true);
    }
    assertThat(bundle.card().details().get("strangeness"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsEntry("trainingFilms", 12)
        .containsEntry("validationFilms", 6)
        .containsEntry("falseAlarms", 0.0);
  }

  @ParameterizedTest
  @ValueSource(ints = {SIZE, 96}) // grids of 16 and 24, of which three divides one
  void tellsAFilmWhosePartsHaveChangedPlaces(int size) throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);
    List<float[]> training = halves("training", 12, size);
    List<float[]> validation = halves("validation", 6, size);
    List<float[]> mirrored = validation.stream().map(film -> mirrored(film, size)).toList();

    ModelBundle bundle =
        export(
            config,
            Precision.FP32,
            Optional.of(new KnownFilms(each(training), each(validation))),
            size);

    double threshold = bundle.card().outOfDistribution().orElseThrow().threshold();
    try (OnnxModel model =
        OnnxModel.open(bundle, new SessionSettings(Processor.CPU, true, false, 0, false))) {
      assertThat(validation).allMatch(film -> strangeness(model, film) < threshold);
      assertThat(mirrored).allMatch(film -> strangeness(model, film) > threshold);
    }
  }

  /** Films that are faint in their right half. */
  private static List<float[]> halves(String name, int count, int size) {
    List<float[]> films = films(name, count, size);
    for (float[] film : films) {
      for (int i = 0; i < film.length; i++) {
        film[i] *= i % size < size / 2 ? 1 : 0.3f;
      }
    }
    return films;
  }

  private static float[] mirrored(float[] film, int size) {
    float[] mirrored = new float[film.length];
    for (int i = 0; i < film.length; i++) {
      mirrored[i] = film[i - i % size + size - 1 - i % size];
    }
    return mirrored;
  }

  private static double strangeness(OnnxModel model, float[] film) {
    return model.run(List.of(film)).get(0).strangeness().orElseThrow();
  }

  @Test
  void learnsNothingStrangeFromTooFewFilms() {
    assertThatThrownBy(() -> new KnownFilms(each(films("one", 1)), each(films("none", 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 training and 1 validation films");
  }

  /** All films come in one array: whoever kept the earlier ones would find the last in each. */
  @Test
  void keepsNoFilmThatItHasLearntFrom() throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);
    List<float[]> training = films("training", 12);
    List<float[]> validation = films("validation", 6);
    float[] shared = new float[SIZE * SIZE];
    ModelBundle kept =
        export(
            config, Precision.FP32, Optional.of(new KnownFilms(each(training), each(validation))));

    ModelBundle passed =
        export(
            config,
            Precision.FP32,
            Optional.of(new KnownFilms(in(shared, training), in(shared, validation))));

    assertThat(passed.onnx()).isEqualTo(kept.onnx());
    assertThat(passed.card().outOfDistribution()).isEqualTo(kept.card().outOfDistribution());
  }

  private static List<Supplier<float[]>> each(List<float[]> films) {
    return films.stream().map(film -> (Supplier<float[]>) () -> film).toList();
  }

  private static List<Supplier<float[]>> in(float[] shared, List<float[]> films) {
    return films.stream()
        .map(
            film ->
                (Supplier<float[]>)
                    () -> {
                      System.arraycopy(film, 0, shared, 0, film.length);
                      return shared;
                    })
        .toList();
  }

  /** Targets are what the float32 network says, so that it is right by definition. */
  @Test
  void measuresWhatEightBitsCostInAccuracy() throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);
    Tensor calibration = ReferenceFill.images("calibration", 4, SIZE);
    ModelCard card = card(3);
    try (MaNet net = new MaNet(config, ReferenceFill.weights(config))) {
      List<Film> judged = judgedAsBy(net, card.preprocessing());
      ModelBundle bundle =
          new BundleExport(net, films(), List.of(calibration), Optional.empty(), judged)
              .write(directory.resolve("cost"), card, Precision.INT8, Map.of());

      Map<?, ?> cost = (Map<?, ?>) bundle.card().details().get("int8Cost");
      double quantised = (Double) cost.get("accuracyInt8");
      assertThat(cost.get("films")).isEqualTo(judged.size());
      assertThat(cost.get("accuracyFp32")).isEqualTo(1.0);
      assertThat(quantised).isBetween(0.5, 1.0);
      assertThat((Double) cost.get("pointsLost")).isCloseTo(100 * (1 - quantised), within(1e-9));
      assertThat(bundle.card().limitations().stream().anyMatch(l -> l.contains("Eight-bit")))
          .isEqualTo(quantised < 0.995);
    }
  }

  @Test
  void warnsOfACostAboveWhatIsTolerated() {
    assertThat(new QuantisationCost(200, 0.9, 0.896).tooMuch()).isFalse();
    assertThat(new QuantisationCost(200, 0.9, 0.89).tooMuch()).isTrue();
    assertThat(new QuantisationCost(200, 0.9, 0.91).points()).isCloseTo(-1, within(1e-9));
  }

  private static List<Film> judgedAsBy(MaNet net, Preprocessing preprocessing) {
    List<Film> films = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      GrayImage picture = Films.picture(SIZE, SIZE, i);
      Film film =
          new Film(
              Films.sample("f" + i, 0, "here", "p" + i, ""),
              picture,
              picture,
              Glance.at(picture),
              "");
      try (NDManager scope = net.newScope()) {
        float[] prepared = film.prepared(preprocessing);
        long target =
            net.evaluate(scope.create(prepared, new Shape(1, 1, SIZE, SIZE)))
                .logits()
                .argMax(1)
                .toLongArray()[0];
        films.add(film.as(Films.sample("f" + i, (int) target, "here", "p" + i, "")));
      }
    }
    return films;
  }

  @Test
  void keepsProvenanceInTheFile() throws Exception {
    ModelBundle bundle = export(new MaNetConfig(Backbone.RESNET18, 3, 6, 3), Precision.FP32);

    ModelProto model = ModelProto.parseFrom(bundle.onnx());
    assertThat(model.getProducerName()).isEqualTo("magsd");
    assertThat(model.getMetadataPropsList())
        .extracting(StringStringEntryProto::getKey, StringStringEntryProto::getValue)
        .containsExactly(tuple("commit", "abc"));
  }

  @Test
  void writesNoBundleWhereTheNetworksDiffer() {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);
    TensorMap weights = ReferenceFill.weights(config);
    Map<String, Tensor> broken = new LinkedHashMap<>(weights.asMap());
    float[] nothing = new float[64];
    Arrays.fill(nothing, Float.NaN);
    broken.put("resnet_encoder.1.weight", new Tensor(nothing, 64));

    try (MaNet net = new MaNet(config, new TensorMap(broken))) {
      BundleExport export = new BundleExport(net, films(), List.of(), Optional.empty());
      assertThatThrownBy(
              () -> export.write(directory.resolve("m"), card(3), Precision.FP32, Map.of()))
          .isInstanceOf(ExportException.class)
          .hasMessageContaining("differs from the trained network");
    }
    assertThat(directory.resolve("m")).doesNotExist();
  }

  private static int fullSize(MaNetConfig config) {
    return ParameterList.of(config).stream().mapToInt(ParameterSpec::size).sum() * Float.BYTES;
  }

  private ModelBundle export(MaNetConfig config, Precision precision) throws Exception {
    return export(config, precision, Optional.empty());
  }

  private ModelBundle export(MaNetConfig config, Precision precision, Optional<KnownFilms> known)
      throws Exception {
    return export(config, precision, known, SIZE);
  }

  private ModelBundle export(
      MaNetConfig config, Precision precision, Optional<KnownFilms> known, int size)
      throws Exception {
    Tensor calibration = ReferenceFill.images("calibration", 4, size);
    try (MaNet net = new MaNet(config, ReferenceFill.weights(config))) {
      return new BundleExport(net, films("export", FILMS, size), List.of(calibration), known)
          .write(
              directory.resolve(precision.label()),
              card(config.classes(), size),
              precision,
              Map.of("commit", "abc"));
    }
  }

  private static List<float[]> films() {
    return films("export", FILMS);
  }

  private static List<float[]> films(String name, int count) {
    return films(name, count, SIZE);
  }

  private static List<float[]> films(String name, int count, int size) {
    return each(ReferenceFill.images(name, count, size));
  }

  @SuppressWarnings("unchecked") // the card's details are free JSON
  private static double difference(ModelBundle bundle, String what) {
    Object details = bundle.card().details().get("differenceFromTrainedNetwork");
    return (Double) ((Map<String, Object>) details).get(what);
  }

  private static ModelCard card(int classes) {
    return card(classes, SIZE);
  }

  private static ModelCard card(int classes, int size) {
    Preprocessing reference = Preprocessing.reference();
    Preprocessing preprocessing =
        new Preprocessing(
            size,
            reference.trim(),
            reference.centreCrop(),
            reference.fit(),
            reference.clahe(),
            reference.zScore());
    return new ModelCard(
        "test",
        "1",
        Instant.EPOCH,
        "0".repeat(64),
        "fp32",
        size,
        preprocessing,
        IntStream.range(0, classes)
            .mapToObj(k -> new ClassInfo("c" + k, "class " + k, k > 0, Optional.empty(), 0.5))
            .toList(),
        1,
        Optional.empty(),
        new ModelCard.Training(Map.of(), Optional.empty(), 0),
        List.of(),
        Optional.empty(),
        Map.of(),
        List.of(),
        Map.of());
  }
}
