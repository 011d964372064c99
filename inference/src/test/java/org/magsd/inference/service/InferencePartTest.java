package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.TinyModels;

class InferencePartTest {
  @TempDir Path folder;

  /** However many the model in use has. */
  @Test
  void aModelUnderTrialRunsOneBatchAtATime() throws Exception {
    InferenceSettings settings = ServiceConfig.parse("inference: {device: cpu}").inference();
    Path bundle = TinyModels.write(folder, 1, 0, 0).directory();
    long before = lanes();

    try (FilmClassifier model = InferencePart.underTrial(settings, bundle)) {
      assertThat(model.device()).isEqualTo("cpu");
      assertThat(lanes() - before).isOne();
    }
  }

  private static long lanes() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("magsd-inference"))
        .count();
  }
}
