package org.magsd.trainer.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.magsd.inference.FolderTree;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelBundleWriter;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.ModelCard.Parity;
import org.magsd.inference.model.OnnxModel;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exports a trained network as a model bundle and proves, before there is one, that ONNX Runtime
 * computes the same: every logit, attention value and strangeness within {@value #TOLERANCE} on the
 * given films, or that share of it where it is above one ({@link Agreement}).
 *
 * <p>What is compared for {@link Precision#FP16} is the trained network with its weights rounded as
 * the file has them; for {@link Precision#INT8} the float32 graph from which it is quantised. How
 * far the bundle is from the trained network itself is written into the card's details.
 */
public final class BundleExport {
  /**
   * Greatest difference between the training engine and ONNX Runtime, as {@link Agreement} has it.
   */
  public static final double TOLERANCE = 1e-4;

  /** Of the card's details: what its figures were measured with, where not with the bundle. */
  public static final String FIGURES = "figures";

  private static final Logger LOG = LoggerFactory.getLogger(BundleExport.class);
  private static final SessionSettings ON_CPU =
      new SessionSettings(Processor.CPU, true, false, 0, false);

  private final MaNet net;
  private final List<float[]> films;
  private final List<Tensor> calibration;
  private final Optional<KnownFilms> known;
  private final List<Film> judged;

  /** How the weights are stored. */
  public enum Precision {
    FP32,
    FP16,
    INT8;

    /** As the model card spells it. */
    public String label() {
      return switch (this) {
        case FP32 -> "fp32";
        case FP16 -> "fp16";
        case INT8 -> "int8";
      };
    }
  }

  /**
   * @param films prepared films, each {@code [size * size]}, on which parity is proven
   * @param calibration batches {@code [N,1,size,size]} of prepared training films, used for {@link
   *     Precision#INT8} only
   * @param known films by which the model tells strange ones; absent: it tells none
   */
  public BundleExport(
      MaNet net, List<float[]> films, List<Tensor> calibration, Optional<KnownFilms> known) {
    this(net, films, calibration, known, List.of());
  }

  /**
   * @param judged films on which the cost of {@link Precision#INT8} is measured; none: it is not
   */
  public BundleExport(
      MaNet net,
      List<float[]> films,
      List<Tensor> calibration,
      Optional<KnownFilms> known,
      List<Film> judged) {
    if (films.isEmpty()) {
      throw new IllegalArgumentException("parity cannot be proven without films");
    }
    this.net = net;
    this.films = List.copyOf(films);
    this.calibration = List.copyOf(calibration);
    this.known = known;
    this.judged = List.copyOf(judged);
  }

  /**
   * Writes the bundle.
   *
   * @param directory the bundle's folder
   * @param card all but digest, precision, parity and, where films are known, the rule for strange
   *     ones, which are set here
   * @param provenance kept in the ONNX file's metadata
   * @throws ExportException if ONNX Runtime and the trained network differ; nothing is written then
   */
  public ModelBundle write(
      Path directory, ModelCard card, Precision precision, Map<String, String> provenance)
      throws IOException, ExportException {
    Optional<FeatureDistance> distance =
        known.map(films -> FeatureDistance.of(net, films.training()));
    OnnxExporter exporter = new OnnxExporter(net.config(), card.inputSize(), provenance, distance);
    TensorMap weights = net.weights();
    byte[] onnx =
        switch (precision) {
          case FP32 -> exporter.full(weights);
          case FP16 -> exporter.half(weights);
          case INT8 -> exporter.quantised(net, calibration);
        };
    Agreement proof =
        switch (precision) {
          case FP32 -> compare(net, onnx, card, distance);
          case FP16 -> compareRounded(exporter.halfWeights(weights), onnx, card, distance);
          case INT8 -> compare(net, exporter.full(weights), card, distance);
        };
    if (!(proof.greatest() <= TOLERANCE)) {
      throw new ExportException(
          "ONNX Runtime differs from the trained network by "
              + proof.greatest()
              + " on "
              + proof.films()
              + " films, more than "
              + TOLERANCE);
    }
    Agreement whole = precision == Precision.FP32 ? proof : compare(net, onnx, card, distance);
    Optional<KnownFilms.Rule> rule =
        known.isPresent() ? Optional.of(with(onnx, card, known.get()::rule)) : Optional.empty();
    Optional<QuantisationCost> cost =
        precision == Precision.INT8 && !judged.isEmpty()
            ? Optional.of(cost(exporter.full(weights), onnx, card))
            : Optional.empty();
    return ModelBundleWriter.write(
        directory, onnx, described(card, precision, proof, whole, rule, cost));
  }

  private QuantisationCost cost(byte[] full, byte[] quantised, ModelCard card) throws IOException {
    QuantisationCost cost =
        new QuantisationCost(
            judged.size(),
            with(full, card, model -> QuantisationCost.accuracy(model, judged)),
            with(quantised, card, model -> QuantisationCost.accuracy(model, judged)));
    if (cost.tooMuch()) {
      LOG.warn(cost.warning());
    }
    return cost;
  }

  private Agreement compareRounded(
      TensorMap rounded, byte[] onnx, ModelCard card, Optional<FeatureDistance> distance)
      throws IOException {
    try (MaNet roundedNet = new MaNet(net.config(), rounded)) {
      return compare(roundedNet, onnx, card, distance);
    }
  }

  private Agreement compare(
      MaNet expected, byte[] onnx, ModelCard card, Optional<FeatureDistance> distance)
      throws IOException {
    return with(onnx, card, model -> Agreement.of(expected, model, films, distance));
  }

  /** What is to be known of the exported model, opened as it will be served. */
  private static <T> T with(byte[] onnx, ModelCard card, Function<OnnxModel, T> question)
      throws IOException {
    Path directory = Files.createTempDirectory("magsd-export");
    try {
      ModelBundle draft = ModelBundleWriter.write(directory.resolve("draft"), onnx, card);
      try (OnnxModel model = OnnxModel.open(draft, ON_CPU)) {
        return question.apply(model);
      }
    } finally {
      FolderTree.delete(directory);
    }
  }

  private static ModelCard described(
      ModelCard card,
      Precision precision,
      Agreement proof,
      Agreement whole,
      Optional<KnownFilms.Rule> rule,
      Optional<QuantisationCost> cost) {
    Map<String, Object> details = new LinkedHashMap<>(card.details());
    details.put("differenceFromTrainedNetwork", whole.described());
    rule.ifPresent(each -> details.put("strangeness", each.details()));
    if (precision == Precision.INT8) {
      details.put(FIGURES, QuantisationCost.FIGURES);
    }
    cost.ifPresent(each -> details.put("int8Cost", each.described()));
    List<String> limitations = new ArrayList<>(card.limitations());
    cost.filter(QuantisationCost::tooMuch).ifPresent(each -> limitations.add(each.warning()));
    return new ModelCard(
        card.name(),
        card.version(),
        card.created(),
        card.sha256(),
        precision.label(),
        card.inputSize(),
        card.preprocessing(),
        card.classes(),
        card.temperature(),
        rule.map(KnownFilms.Rule::outOfDistribution).or(card::outOfDistribution),
        card.training(),
        card.metrics(),
        Optional.of(new Parity(proof.films(), proof.greatest(), TOLERANCE)),
        card.versions(),
        limitations,
        details);
  }
}
