package org.magsd.trainer.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.magsd.inference.UserError;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.ParameterList;
import org.magsd.trainer.weights.Checkpoint;
import org.magsd.trainer.weights.PretrainedBackbone;
import org.magsd.trainer.weights.PretrainedBackbone.FirstConvolution;
import org.magsd.trainer.weights.TensorMap;
import org.magsd.trainer.weights.WeightsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Turns a ResNet's weights, as torchvision or timm publish them, into a backbone checkpoint. */
@Command(
    name = "import-weights",
    description =
        "Turns torchvision or timm ResNet-18/34/50 weights into a checkpoint to start training"
            + " from.",
    mixinStandardHelpOptions = true)
public final class ImportWeightsCommand implements MagsdCommand {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE.safetensors",
      description = "The weights; the classifier (fc) is ignored.")
  private Path file;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The checkpoint to write.")
  private Path out;

  @Option(
      names = "--first-convolution",
      defaultValue = "sum",
      paramLabel = "sum|fresh",
      description =
          "From three colour channels to one: sum over them (default), or leave it out so that"
              + " training starts it from random values, as the authors do.")
  private String firstConvolution;

  @Override
  public Integer call() {
    FirstConvolution first =
        switch (firstConvolution) {
          case "sum" -> FirstConvolution.SUM;
          case "fresh" -> FirstConvolution.FRESH;
          default ->
              throw new ParameterException(
                  spec.commandLine(),
                  "--first-convolution must be sum or fresh, but is " + firstConvolution);
        };
    try {
      TensorMap tensors = Checkpoint.load(file).tensors();
      Backbone backbone = Backbone.ofDepth(PretrainedBackbone.depth(tensors));
      TensorMap renamed =
          PretrainedBackbone.rename(
              tensors, ParameterList.of(new MaNetConfig(backbone, 0, 1, 2)), first);
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put("content", "backbone");
      metadata.put("backbone", Integer.toString(backbone.depth()));
      metadata.put("firstConvolution", firstConvolution);
      String digest = new Checkpoint(renamed, metadata).save(out);
      spec.commandLine()
          .getErr()
          .printf(
              "ResNet-%d: %d tensors written to %s, SHA-256 %s%n",
              backbone.depth(), renamed.names().size(), out, digest);
      return 0;
    } catch (WeightsException e) {
      throw new UserError(e.getMessage(), e);
    }
  }
}
