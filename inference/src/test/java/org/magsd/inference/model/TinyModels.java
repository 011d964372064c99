package org.magsd.inference.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.magsd.inference.model.ClassInfo.Snomed;
import org.magsd.inference.model.ModelCard.Training;
import org.magsd.inference.model.Preprocessing.Fit;

/**
 * Bundles whose answers are known beforehand: attention is the 4x4 average of the input, logits are
 * {@code mean(input) * (1, -1, 0) + bias}.
 */
public final class TinyModels {
  /** Side of the input. */
  public static final int SIZE = 16;

  private TinyModels() {}

  /** Writes a bundle with the given biases, one per class. */
  public static ModelBundle write(Path directory, float... bias) throws IOException {
    return ModelBundleWriter.write(directory, onnx(SIZE, bias), card(directory, "1"));
  }

  /** A card for three classes; its digest is still to be set. */
  public static ModelCard card(Path directory, String version) {
    return new ModelCard(
        directory.getFileName().toString(),
        version,
        Instant.parse("2026-01-01T00:00:00Z"),
        "0".repeat(64),
        "fp32",
        SIZE,
        new Preprocessing(SIZE, Optional.empty(), 1.0, Fit.STRETCH, Optional.empty(), ZScore.IMAGE),
        List.of(
            new ClassInfo(
                "covid19",
                "COVID-19",
                true,
                Optional.of(new Snomed("840544004", "Suspected COVID-19")),
                0.5),
            new ClassInfo(
                "pneumonia",
                "Pneumonia",
                true,
                Optional.of(new Snomed("233604007", "Pneumonia")),
                0.5),
            new ClassInfo("normal", "Normal", false, Optional.empty(), 0.5)),
        2.0,
        Optional.empty(),
        new Training(Map.of(), Optional.empty(), 0),
        List.of(),
        Optional.empty(),
        Map.of(),
        List.of(),
        Map.of());
  }

  /** Writes a bundle to which every film is strange. */
  public static Path writeFindingAllStrange(Path directory) throws IOException {
    OutOfDistribution rule = new OutOfDistribution(OutOfDistribution.Score.DOUBT, 0.001);
    return ModelBundleWriter.write(
            directory, onnx(SIZE, 0, 0, 0), withRule(card(directory, "1"), rule))
        .directory();
  }

  /** Exchanges the card of a bundle alone: the same network at another temperature. */
  public static ModelCard recalibrate(ModelBundle bundle, double temperature) throws IOException {
    ModelCard card = bundle.card();
    ModelCard other =
        new ModelCard(
            card.name(),
            card.version() + "-recalibrated",
            card.created(),
            card.sha256(),
            card.precision(),
            card.inputSize(),
            card.preprocessing(),
            card.classes(),
            temperature,
            card.outOfDistribution(),
            card.training(),
            card.metrics(),
            card.parity(),
            card.versions(),
            card.limitations(),
            card.details());
    Files.write(
        bundle.directory().resolve(ModelBundle.CARD), ModelJson.mapper().writeValueAsBytes(other));
    return other;
  }

  /** The same card with a rule for strange films. */
  static ModelCard withRule(ModelCard card, OutOfDistribution rule) {
    return new ModelCard(
        card.name(),
        card.version(),
        card.created(),
        card.sha256(),
        card.precision(),
        card.inputSize(),
        card.preprocessing(),
        card.classes(),
        card.temperature(),
        Optional.of(rule),
        card.training(),
        card.metrics(),
        card.parity(),
        card.versions(),
        card.limitations(),
        card.details());
  }

  /** The ONNX file for an input of {@code size} and as many classes as biases. */
  public static byte[] onnx(int size, float... bias) {
    float[] weights = new float[bias.length];
    weights[0] = 1;
    weights[1] = -1;
    return model(
        GraphProto.newBuilder()
            .setName("tiny")
            .addInput(floats("image", 0, 1, size, size))
            .addOutput(floats("logits", 0, bias.length))
            .addOutput(floats("attention", 0, 1, size / 4, size / 4))
            .addInitializer(tensor("weights", weights, 1, bias.length))
            .addInitializer(tensor("bias", bias, bias.length))
            .addNode(
                node("AveragePool", List.of("image"), "attention")
                    .addAttribute(integers("kernel_shape", 4, 4))
                    .addAttribute(integers("strides", 4, 4)))
            .addNode(node("GlobalAveragePool", List.of("image"), "mean"))
            .addNode(node("Flatten", List.of("mean"), "flat"))
            .addNode(node("MatMul", List.of("flat", "weights"), "product"))
            .addNode(node("Add", List.of("product", "bias"), "logits"))
            .build());
  }

  static byte[] model(GraphProto graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setProducerName("magsd tests")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private static NodeProto.Builder node(String operator, List<String> inputs, String output) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .setName(output)
        .addAllInput(inputs)
        .addOutput(output);
  }

  private static AttributeProto integers(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  private static TensorProto tensor(String name, float[] values, long... shape) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (long extent : shape) {
      tensor.addDims(extent);
    }
    for (float value : values) {
      tensor.addFloatData(value);
    }
    return tensor.build();
  }

  /** A float32 value; extent 0 stands for the free batch size. */
  static ValueInfoProto floats(String name, long... shape) {
    TensorShapeProto.Builder extents = TensorShapeProto.newBuilder();
    for (long extent : shape) {
      extents.addDim(
          extent == 0
              ? TensorShapeProto.Dimension.newBuilder().setDimParam("N")
              : TensorShapeProto.Dimension.newBuilder().setDimValue(extent));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(extents)))
        .build();
  }
}
