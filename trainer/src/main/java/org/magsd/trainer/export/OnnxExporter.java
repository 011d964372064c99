package org.magsd.trainer.export;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.magsd.trainer.net.Architecture;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.Outputs;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/**
 * Writes a trained network as ONNX: input {@code image} {@code [N,1,size,size]}, outputs {@code
 * logits} {@code [N,K]}, {@code attention} {@code [N,1,h,w]}, the mean over the attention maps, and
 * {@code strangeness} {@code [N,1]} where that is known; N is free. Normalisations are folded into
 * the convolutions.
 *
 * <p>The graph comes from the same {@link Architecture} as the trained network.
 */
public final class OnnxExporter {
  /** Side of the image over that of the first stage's grid. */
  private static final int FINEST_STRIDE = 4;

  private final MaNetConfig config;
  private final int size;
  private final Map<String, String> provenance;
  private final Optional<FeatureDistance> strangeness;

  /**
   * @param size side of the square input, a multiple of 32
   * @param provenance kept in the ONNX file's metadata
   * @param strangeness how far a film is from the training films, to be computed with the rest
   */
  OnnxExporter(
      MaNetConfig config,
      int size,
      Map<String, String> provenance,
      Optional<FeatureDistance> strangeness) {
    if (size < Architecture.STRIDE || size % Architecture.STRIDE != 0) {
      throw new IllegalArgumentException(
          "the input size must be a multiple of " + Architecture.STRIDE + ", but is " + size);
    }
    this.config = config;
    this.size = size;
    this.provenance = provenance;
    this.strangeness = strangeness;
  }

  /** Everything in float32. */
  public byte[] full(TensorMap weights) {
    OnnxGraph graph = new OnnxGraph();
    return write(graph, new OnnxLayers(graph, folded(weights), false, cells()));
  }

  /** Kernels and matrices as 16-bit floats, computed with in float32: half the size. */
  public byte[] half(TensorMap weights) {
    OnnxGraph graph = new OnnxGraph();
    return write(graph, new OnnxLayers(graph, folded(weights), true, cells()));
  }

  /** The weights that {@link #half} stores, as weights of the trained network. */
  public TensorMap halfWeights(TensorMap weights) {
    return FoldedWeights.rounded(config, folded(weights));
  }

  /**
   * The backbone in 8-bit integers.
   *
   * @param calibration batches {@code [N,1,size,size]} of training films, which set the scales
   */
  public byte[] quantised(MaNet net, List<Tensor> calibration) {
    ActivationRanges ranges = ActivationRanges.of(net, calibration);
    OnnxGraph graph = new OnnxGraph();
    QuantisedLayers layers = new QuantisedLayers(graph, folded(net.weights()), ranges, cells());
    return write(graph, layers, layers.image(ActivationRanges.IMAGE));
  }

  private TensorMap folded(TensorMap weights) {
    return FoldedWeights.of(config, weights);
  }

  private int cells() {
    int side = size / Architecture.STRIDE;
    return side * side;
  }

  private byte[] write(OnnxGraph graph, OnnxLayers layers) {
    return write(graph, layers, ActivationRanges.IMAGE);
  }

  private byte[] write(OnnxGraph graph, OnnxLayers layers, String image) {
    graph.input("image", 1, size, size);
    Outputs<String> outputs = Architecture.apply(config, layers, image);
    int side = size / Architecture.STRIDE;
    graph.named("logits", "Identity", List.of(outputs.logits()));
    graph.output("logits", config.classes());
    String map =
        layers.meanOverChannels(outputs.attention(), Architecture.attentionChannels(config));
    graph.named("attention", "Identity", List.of(map));
    graph.output("attention", 1, side, side);
    strangeness.ifPresent(
        distance -> distance.writeTo(graph, outputs.finest(), size / FINEST_STRIDE));
    return graph.toBytes(provenance);
  }
}
