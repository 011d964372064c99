package org.magsd.trainer.export;

import static org.magsd.trainer.export.OnnxGraph.attribute;

import java.util.List;
import org.magsd.trainer.net.Layers;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/** Writes the network as nodes of an ONNX graph; a value is the name of a node's output. */
class OnnxLayers implements Layers<String> {
  private static final float EPSILON = 1e-12f;

  private final OnnxGraph graph;
  private final TensorMap weights;
  private final boolean half;
  private final int cells;

  /**
   * @param weights folded, see {@link FoldedWeights}
   * @param half whether kernels and matrices are kept as 16-bit floats
   * @param cells number of cells of the attention grid
   */
  OnnxLayers(OnnxGraph graph, TensorMap weights, boolean half, int cells) {
    this.graph = graph;
    this.weights = weights;
    this.half = half;
    this.cells = cells;
  }

  @Override
  public String unit(String input, Unit unit) {
    String kernel = matrix(unit.convolution() + ".weight");
    Tensor bias = weights.get(unit.normalisation() + ".bias");
    String shift = graph.floats(unit.convolution() + ".shift", bias.values(), bias.shape());
    return convolve(List.of(input, kernel, shift), unit);
  }

  /** The convolution and, where asked, its ReLU. */
  String convolve(List<String> inputs, Unit unit) {
    int padding = unit.kernel() / 2;
    String output =
        graph.node(
            "Conv",
            inputs,
            attribute("kernel_shape", List.of(unit.kernel(), unit.kernel())),
            attribute("strides", List.of(unit.stride(), unit.stride())),
            attribute("pads", List.of(padding, padding, padding, padding)));
    return unit.relu() ? graph.node("Relu", List.of(output)) : output;
  }

  private String matrix(String name) {
    Tensor tensor = weights.get(name);
    return half
        ? graph.halves(name, tensor.values(), tensor.shape())
        : graph.floats(name, tensor.values(), tensor.shape());
  }

  @Override
  public String joinResidual(String left, String right, String block) {
    return graph.node("Relu", List.of(add(left, right)));
  }

  @Override
  public String maxPool(String input) {
    return graph.node(
        "MaxPool",
        List.of(input),
        attribute("kernel_shape", List.of(3, 3)),
        attribute("strides", List.of(2, 2)),
        attribute("pads", List.of(1, 1, 1, 1)));
  }

  @Override
  public String averagePool(String input, int size) {
    return graph.node(
        "AveragePool",
        List.of(input),
        attribute("kernel_shape", List.of(size, size)),
        attribute("strides", List.of(size, size)));
  }

  @Override
  public String add(String left, String right) {
    return graph.node("Add", List.of(left, right));
  }

  @Override
  public String bilinearPool(String attention, String features, int maps, int channels) {
    String rows =
        graph.node("Reshape", List.of(attention, graph.longs("attention.rows", 0, maps, cells)));
    String columns =
        graph.node(
            "Transpose",
            List.of(
                graph.node(
                    "Reshape", List.of(features, graph.longs("feature.rows", 0, channels, cells)))),
            attribute("perm", List.of(0, 2, 1)));
    String product = graph.node("MatMul", List.of(rows, columns));
    String pooled = graph.node("Div", List.of(product, scalar("cells", cells)));
    String sign = graph.node("Sign", List.of(pooled));
    String magnitude = graph.node("Abs", List.of(pooled));
    String shifted = graph.node("Add", List.of(magnitude, scalar("root.epsilon", EPSILON)));
    String root = graph.node("Mul", List.of(sign, graph.node("Sqrt", List.of(shifted))));
    String flat =
        graph.node(
            "Reshape", List.of(root, graph.longs("pooled.shape", 0, (long) maps * channels)));
    String norm = graph.node("ReduceL2", List.of(flat), attribute("axes", List.of(1)));
    String safe = graph.node("Max", List.of(norm, scalar("norm.epsilon", EPSILON)));
    return graph.node("Div", List.of(flat, safe));
  }

  private String scalar(String name, float value) {
    return graph.floats(name, new float[] {value});
  }

  @Override
  public String globalAveragePool(String input, int channels) {
    String pooled = graph.node("GlobalAveragePool", List.of(input));
    return graph.node("Reshape", List.of(pooled, graph.longs("pooled.shape", 0, channels)));
  }

  @Override
  public String linear(String input, String name, double factor, int in, int out) {
    return graph.node(
        "Gemm",
        List.of(input, matrix(name + ".weight")),
        attribute("alpha", (float) factor),
        attribute("transB", 1));
  }

  @Override
  public String meanOverChannels(String input, int channels) {
    return graph.node("ReduceMean", List.of(input), attribute("axes", List.of(1)));
  }
}
