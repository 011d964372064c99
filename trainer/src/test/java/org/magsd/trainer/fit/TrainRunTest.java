package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.trainer.data.Films;

class TrainRunTest {
  @TempDir private Path folder;
  private Path config;
  private Path data;
  private Path out;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @BeforeEach
  void sixteenFilms() throws Exception {
    data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    out = folder.resolve("out");
    config =
        Files.writeString(
            folder.resolve("train.yaml"),
            ConfigFileTest.SMALLEST
                + """
                    epochs: 1
                    batch: 4
                    schedule: {rate: 0.001}
                preprocessing: {size: 32}
                network: {maps: 2}
                machine: {threads: 1}
                """);
  }

  private TrainRun run(BooleanSupplier interrupted) {
    Console console = new Console(new PrintStream(said, true, StandardCharsets.UTF_8), false);
    return new TrainRun(config, data, out, interrupted, console);
  }

  @Test
  void stopsWhileFilmsAreRead() throws Exception {
    assertThat(run(() -> true).call(false)).isEmpty();

    assertThat(said.toString(StandardCharsets.UTF_8))
        .isEqualToIgnoringNewLines("interrupted before anything was learnt; begin again");
    assertThat(TrainingState.file(out)).doesNotExist();
  }

  @Test
  void stopsWhileTheBundleIsMadeAndMakesItWhenResumed() throws Exception {
    assertThat(run(() -> Files.exists(out.resolve("metrics.json"))).call(false)).isEmpty();
    assertThat(said.toString(StandardCharsets.UTF_8))
        .endsWith("interrupted; continue with --resume --out " + out + System.lineSeparator());
    assertThat(out.resolve("small")).doesNotExist();

    assertThat(run(() -> false).call(true)).isPresent();

    assertThat(out.resolve("small/model.onnx")).exists();
  }
}
