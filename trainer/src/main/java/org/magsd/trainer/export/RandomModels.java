package org.magsd.trainer.export;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelBundleWriter;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.UntrainedModels;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.Initialisation;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/** The exporter on networks with random weights. */
public final class RandomModels implements UntrainedModels {
  private static final Pattern NETWORK = Pattern.compile("resnet(18|34|50)(?:-(fp16|int8))?");
  private static final String NO_DIGEST = "0".repeat(64);
  private static final int SCALES = 3;
  private static final int SEED = 1;
  private static final int CALIBRATION_FILMS = 2;

  @Override
  public ModelBundle write(Path folder, String network, int size, ModelCard like)
      throws IOException {
    Matcher name = NETWORK.matcher(network);
    if (!name.matches()) {
      throw new IllegalArgumentException(
          network + ": must be resnet18, resnet34 or resnet50, with -fp16 or -int8 behind or not");
    }
    Backbone backbone = Backbone.ofDepth(Integer.parseInt(name.group(1)));
    MaNetConfig config =
        new MaNetConfig(backbone, SCALES, MaNetConfig.DEFAULT_MAPS, like.classes().size());
    String precision = name.group(2) == null ? "fp32" : name.group(2);
    return ModelBundleWriter.write(
        folder, onnx(config, size, precision), card(network, size, precision, like));
  }

  private static byte[] onnx(MaNetConfig config, int size, String precision) {
    OnnxExporter exporter = new OnnxExporter(config, size, Map.of(), Optional.empty());
    TensorMap weights = Initialisation.random(config, SEED);
    return switch (precision) {
      case "fp16" -> exporter.half(weights);
      case "int8" -> {
        try (MaNet net = new MaNet(config, weights)) {
          yield exporter.quantised(net, noise(size));
        }
      }
      default -> exporter.full(weights);
    };
  }

  private static List<Tensor> noise(int size) {
    SplittableRandom random = new SplittableRandom(SEED);
    List<Tensor> films = new ArrayList<>();
    for (int film = 0; film < CALIBRATION_FILMS; film++) {
      float[] values = new float[size * size];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      films.add(new Tensor(values, 1, 1, size, size));
    }
    return films;
  }

  private static ModelCard card(String network, int size, String precision, ModelCard like) {
    return new ModelCard(
        network,
        "untrained",
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        NO_DIGEST,
        precision,
        size,
        like.preprocessing().withSize(size),
        like.classes(),
        1,
        Optional.empty(), // random weights find every film strange
        new ModelCard.Training(Map.of(), Optional.empty(), 0),
        List.of(),
        Optional.empty(),
        Map.of(),
        List.of("Random weights: good for nothing but measuring speed."),
        Map.of());
  }
}
