package org.magsd.inference.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.TinyModels;
import org.magsd.inference.service.ServiceConfig;

class BenchIT {
  @TempDir Path folder;

  @Test
  void measuresEveryModelOnFilmsThatItAssesses() throws Exception {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    TinyModels.write(first, 1, 0, 0);
    TinyModels.write(second, 0, 1, 0);

    List<BenchResult> results =
        new Bench(
                ServiceConfig.defaults(),
                Path.of("..", "config", "samples").toAbsolutePath(),
                1,
                new PrintWriter(Writer.nullWriter()))
            .run(List.of(first, second));

    assertThat(results).hasSize(2);
    for (BenchResult result : results) {
      assertThat(result.device()).isEqualTo("cpu");
      assertThat(result.bare().imagesPerSecond()).isPositive();
      assertThat(result.pipeline().imagesPerSecond()).isPositive();
      assertThat(result.pipeline().brokerMegabytesPerFilm()).isBetween(0.1, 10.0);
      assertThat(result.receive()).hasSize(3);
      assertThat(result.addedLatencyMs().p50()).isLessThanOrEqualTo(result.addedLatencyMs().p99());
    }
    assertThat(results.get(0).model()).isNotEqualTo(results.get(1).model());
  }
}
