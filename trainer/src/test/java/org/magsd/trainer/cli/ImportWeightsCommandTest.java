package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.UserError;
import org.magsd.trainer.fit.StartingWeights;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.Initialisation;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.weights.Checkpoint;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;
import picocli.CommandLine;

class ImportWeightsCommandTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Backbone.class)
  void takesOverEveryTensorOfABackbone(Backbone backbone) {
    Map<String, Tensor> theirs = torchvision(backbone);
    Path out = directory.resolve("out.safetensors");

    int exit = run(save(theirs), "--out", out.toString());

    assertThat(exit).isZero();
    Checkpoint checkpoint = Checkpoint.load(out);
    assertThat(checkpoint.metadata()).containsEntry("backbone", "" + backbone.depth());
    Tensor first = checkpoint.tensors().get("resnet_encoder.0.weight");
    float[] colours = theirs.get("conv1.weight").values();
    assertThat(first.shape()).containsExactly(64, 1, 7, 7);
    assertThat(first.values()[49 + 3])
        .isEqualTo(colours[147 + 3] + colours[147 + 49 + 3] + colours[147 + 98 + 3]);
    assertThat(checkpoint.tensors().get("resnet_encoder4.1.bn2.running_var").values())
        .isEqualTo(theirs.get("layer4.1.bn2.running_var").values());
    MaNetConfig config = new MaNetConfig(backbone, 3, 4, 3);
    StartingWeights start = StartingWeights.of(Initialisation.random(config, 1), out);
    assertThat(start.taken()).isEqualTo(checkpoint.tensors().names().size());
    assertThat(start.weights().get("resnet_encoder3.0.conv1.weight").values())
        .isEqualTo(theirs.get("layer3.0.conv1.weight").values());
  }

  @Test
  void leavesTheFirstConvolutionToTrainingOnRequest() {
    Path out = directory.resolve("out.safetensors");
    Map<String, Tensor> theirs = torchvision(Backbone.RESNET18);

    int exit = run(save(theirs), "--out", out.toString(), "--first-convolution", "fresh");

    assertThat(exit).isZero();
    assertThat(Checkpoint.load(out).tensors().names())
        .doesNotContain("resnet_encoder.0.weight")
        .contains("resnet_encoder.1.weight");
  }

  @Test
  void namesWhatIsMissingAndWhatIsUnexpected() {
    Map<String, Tensor> theirs = torchvision(Backbone.RESNET18);
    theirs.put("layer2.0.se.weight", theirs.remove("layer2.0.conv2.weight"));
    String file = save(theirs);

    assertThatThrownBy(() -> call(file, "--out", directory.resolve("out").toString()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("missing (1): layer2.0.conv2.weight")
        .hasMessageContaining("unexpected (1): layer2.0.se.weight");
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void namesTheTensorsWhoseValuesAreNotFinite(float value) {
    Map<String, Tensor> theirs = torchvision(Backbone.RESNET18);
    theirs.get("conv1.weight").values()[200] = value;
    theirs.get("layer3.0.bn1.running_var").values()[1] = value;
    theirs.get("fc.bias").values()[0] = value;
    String file = save(theirs);

    assertThatThrownBy(() -> call(file, "--out", directory.resolve("out").toString()))
        .isInstanceOf(UserError.class)
        .hasMessageEndingWith("not finite (2): conv1.weight, layer3.0.bn1.running_var");
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @Test
  void namesTheShapeOfAFirstConvolutionThatIsNeitherForGreyNorForColour() {
    Map<String, Tensor> theirs = torchvision(Backbone.RESNET18);
    theirs.put("conv1.weight", new Tensor(new float[64 * 9 * 49], 64, 9, 7, 7));
    String file = save(theirs);

    assertThatThrownBy(() -> call(file, "--out", directory.resolve("out").toString()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(
            "conv1.weight is Tensor[64, 9, 7, 7], expected [64, 1, 7, 7] or [64, 3, 7, 7]");
  }

  @Test
  void refusesAnUnknownTreatmentOfTheFirstConvolution() {
    assertThat(run("x.safetensors", "--out", "y", "--first-convolution", "mean")).isEqualTo(2);
  }

  private String save(Map<String, Tensor> tensors) {
    Path file = directory.resolve("in.safetensors");
    new Checkpoint(new TensorMap(tensors), Map.of("format", "pt")).save(file);
    return file.toString();
  }

  /** Random weights under torchvision's names, with three colour channels and a classifier. */
  private static Map<String, Tensor> torchvision(Backbone backbone) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    TensorMap ours = Initialisation.random(new MaNetConfig(backbone, 0, 1, 2), 5);
    ours.asMap()
        .forEach(
            (name, tensor) ->
                tensors.put(
                    name.replace("resnet_encoder.0.", "conv1.")
                        .replace("resnet_encoder.1.", "bn1.")
                        .replace("resnet_encoder.4.", "layer1.")
                        .replace("resnet_encoder.5.", "layer2.")
                        .replace("resnet_encoder3.", "layer3.")
                        .replace("resnet_encoder4.", "layer4."),
                    tensor));
    float[] colours = new float[64 * 3 * 49];
    for (int i = 0; i < colours.length; i++) {
      colours[i] = i % 11 - 5;
    }
    tensors.put("conv1.weight", new Tensor(colours, 64, 3, 7, 7));
    tensors.put("fc.bias", new Tensor(new float[1000], 1000));
    return tensors;
  }

  private static int run(String... arguments) {
    CommandLine command = new CommandLine(new ImportWeightsCommand());
    command.setErr(new PrintWriter(new StringWriter(), true));
    return command.execute(arguments);
  }

  private static void call(String... arguments) {
    ImportWeightsCommand command = new ImportWeightsCommand();
    new CommandLine(command).parseArgs(arguments);
    command.call();
  }
}
