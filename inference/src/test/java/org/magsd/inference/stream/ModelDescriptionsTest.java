package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.TinyModels;

/** What reports say of a model is of the card that assessed the film. */
class ModelDescriptionsTest {
  @TempDir Path folder;

  /** Where another model was in use meanwhile, and the first comes back recalibrated. */
  @Test
  void tellsCardsOfOneNetworkApart() throws Exception {
    ModelBundle bundle = TinyModels.write(folder.resolve("tiny"), 0, 2, 4);
    ModelDescriptions descriptions = new ModelDescriptions();
    ModelCard first = bundle.card();
    assertThat(descriptions.of(first).temperature()).isEqualTo(2);

    ModelCard recalibrated = TinyModels.recalibrate(bundle, 1);

    assertThat(descriptions.of(recalibrated).temperature()).isEqualTo(1);
    assertThat(descriptions.of(recalibrated).version()).isEqualTo("1-recalibrated");
    assertThat(descriptions.of(recalibrated)).isSameAs(descriptions.of(recalibrated));
  }
}
