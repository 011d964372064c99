package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.inference.model.ClassInfo;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.Preprocessing;
import org.magsd.trainer.export.BundleExport;
import org.magsd.trainer.export.BundleExport.Precision;
import org.magsd.trainer.export.ExportException;
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
    assertThat(difference(half, "logits")).isPositive().isLessThan(0.02);
  }

  @Test
  void keepsAQuarterOfTheSizeWithEightBitWeights() throws Exception {
    MaNetConfig config = new MaNetConfig(Backbone.RESNET18, 3, 6, 3);

    ModelBundle quantised = export(config, Precision.INT8);

    assertThat(quantised.card().precision()).isEqualTo("int8");
    assertThat(quantised.onnx().length).isLessThan((int) (0.3 * fullSize(config)));
    assertThat(difference(quantised, "logits")).isPositive().isLessThan(0.25);
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
      BundleExport export = new BundleExport(net, films(), List.of());
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
    Tensor calibration = ReferenceFill.images("calibration", 4, SIZE);
    try (MaNet net = new MaNet(config, ReferenceFill.weights(config))) {
      return new BundleExport(net, films(), List.of(calibration))
          .write(
              directory.resolve(precision.label()),
              card(config.classes()),
              precision,
              Map.of("commit", "abc"));
    }
  }

  private static List<float[]> films() {
    float[] images = ReferenceFill.images("export", FILMS, SIZE).values();
    int pixels = SIZE * SIZE;
    return IntStream.range(0, FILMS)
        .mapToObj(i -> Arrays.copyOfRange(images, i * pixels, (i + 1) * pixels))
        .toList();
  }

  @SuppressWarnings("unchecked") // the card's details are free JSON
  private static double difference(ModelBundle bundle, String what) {
    Object details = bundle.card().details().get("differenceFromTrainedNetwork");
    return (Double) ((Map<String, Object>) details).get(what);
  }

  private static ModelCard card(int classes) {
    Preprocessing reference = Preprocessing.reference();
    Preprocessing preprocessing =
        new Preprocessing(
            SIZE,
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
        SIZE,
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
