package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.UserError;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.Initialisation;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.weights.Checkpoint;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

class StartingWeightsTest {
  private static final TensorMap FRESH = network(Backbone.RESNET18, 2, 1);

  @TempDir private Path folder;

  private static TensorMap network(Backbone backbone, int maps, long seed) {
    return Initialisation.random(new MaNetConfig(backbone, 3, maps, 2), seed);
  }

  private Path saved(TensorMap weights, Predicate<String> names) {
    Map<String, Tensor> kept = new LinkedHashMap<>(weights.asMap());
    kept.keySet().removeIf(names.negate());
    Path file = folder.resolve("weights.safetensors");
    new Checkpoint(new TensorMap(kept), Map.of("content", "test")).save(file);
    return file;
  }

  @Test
  void takesABackboneAndLeavesAttentionAndLastLayerFresh() throws IOException {
    TensorMap given = network(Backbone.RESNET18, 32, 5);
    Path file = saved(given, name -> !name.equals("resnet_encoder.0.weight"));

    StartingWeights start = StartingWeights.of(FRESH, file);

    assertThat(start.weights().get("resnet_encoder4.1.conv2.weight").values())
        .isEqualTo(given.get("resnet_encoder4.1.conv2.weight").values());
    assertThat(start.weights().get("resnet_encoder.0.weight"))
        .isSameAs(FRESH.get("resnet_encoder.0.weight"));
    assertThat(start.weights().get("fc.weight")).isSameAs(FRESH.get("fc.weight"));
    assertThat(start.digest()).isEqualTo(Sha256.hex(file));
    assertThat(start.told()).contains(start.taken() + " of " + FRESH.names().size());
  }

  @Test
  void refusesAnotherBackboneWhicheverIsDeeper() {
    for (Backbone other : new Backbone[] {Backbone.RESNET34, Backbone.RESNET50}) {
      Path file = saved(network(other, 2, 5), name -> true);

      assertThatThrownBy(() -> StartingWeights.of(FRESH, file))
          .as(other.toString())
          .isInstanceOf(UserError.class)
          .hasMessageMatching("weights: .*: only \\d+ of the network's \\d+ tensors .*such as .*");
    }
    Path shallow = saved(FRESH, name -> true);
    assertThatThrownBy(() -> StartingWeights.of(network(Backbone.RESNET34, 2, 5), shallow))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("do not fit, such as resnet_encoder");
  }

  @Test
  void refusesACheckpointOfWhichNothingFits() {
    Path file = saved(network(Backbone.RESNET50, 32, 5), name -> name.startsWith("fc."));

    assertThatThrownBy(() -> StartingWeights.of(FRESH, file))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("only 0 of");
  }

  @Test
  void refusesValuesThatAreNotFiniteInWhatIsTaken() {
    TensorMap given = network(Backbone.RESNET18, 32, 5);
    given.get("resnet_encoder4.1.conv2.weight").values()[7] = Float.NaN;

    assertThatThrownBy(() -> StartingWeights.of(FRESH, saved(given, name -> true)))
        .isInstanceOf(UserError.class)
        .hasMessageMatching("weights: .*resnet_encoder4.1.conv2.weight has values .* not finite");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    assertThatThrownBy(() -> StartingWeights.of(FRESH, folder.resolve("none.safetensors")))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("weights: ", "none.safetensors");
  }
}
