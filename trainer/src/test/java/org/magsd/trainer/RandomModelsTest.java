package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.OnnxModel;
import org.magsd.inference.model.Outputs;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;
import org.magsd.inference.model.UntrainedModels;

class RandomModelsTest {
  private static final Path SHIPPED = Path.of("..", "config", "models", "magsd-r18-cxr3");
  private static final int SIZE = 64;
  private static final SessionSettings ON_CPU =
      new SessionSettings(Processor.CPU, true, false, 1, false);

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"resnet18, fp32", "resnet18-fp16, fp16", "resnet18-int8, int8", "resnet50, fp32"})
  void makesWhatServingOpens(String network, String precision) throws Exception {
    ModelCard like = ModelBundle.load(SHIPPED).card();

    ModelBundle bundle = maker().write(folder.resolve(network), network, SIZE, like);

    assertThat(bundle.card().precision()).isEqualTo(precision);
    assertThat(bundle.card().classes()).isEqualTo(like.classes());
    assertThat(bundle.card().preprocessing().size()).isEqualTo(SIZE);
    assertThat(bundle.card().outOfDistribution()).as("every film is assessed").isEmpty();
    try (OnnxModel model = OnnxModel.open(bundle, ON_CPU)) {
      Outputs outputs = model.run(List.of(new float[SIZE * SIZE])).get(0);
      assertThat(outputs.logits()).hasSize(like.classes().size()).doesNotContain(Float.NaN);
    }
  }

  @Test
  void refusesANetworkThereIsNot() throws Exception {
    ModelCard like = ModelBundle.load(SHIPPED).card();

    assertThatThrownBy(() -> maker().write(folder.resolve("x"), "resnet19", SIZE, like))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("resnet19: must be resnet18, resnet34 or resnet50");
    assertThat(Files.exists(folder.resolve("x"))).isFalse();
  }

  private static UntrainedModels maker() {
    return ServiceLoader.load(UntrainedModels.class).findFirst().orElseThrow();
  }
}
