package org.magsd.inference.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.TinyModels;
import org.magsd.inference.service.ServiceConfig;

class BenchIT {
  private static final Effort LITTLE =
      new Effort(Duration.ZERO, 0.5, 1, Duration.ofMillis(300), 32, 2, 4);
  private static final Path SAMPLES = Path.of("..", "config", "samples").toAbsolutePath();

  @TempDir Path folder;

  @Test
  void measuresEveryModelOnFilmsThatItAssesses() throws Exception {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    TinyModels.write(first, 1, 0, 0);
    TinyModels.write(second, 0, 1, 0);

    Path inbox = Files.createDirectories(folder.resolve("inbox"));
    Path waiting =
        Files.copy(SAMPLES.resolve("01-explicit-8bit.dcm"), inbox.resolve("waiting.dcm"));

    List<BenchResult> results =
        new Bench(siteWith(inbox), SAMPLES, 1, new PrintWriter(Writer.nullWriter()), LITTLE)
            .run(List.of(first, second));

    assertThat(waiting).exists();
    assertThat(results).hasSize(2);
    for (BenchResult result : results) {
      assertThat(result.device()).isEqualTo("cpu");
      assertThat(result.bare().imagesPerSecond()).isPositive();
      assertThat(result.pipeline().imagesPerSecond()).isPositive();
      assertThat(result.inferenceMs()).isPositive();
      assertThat(result.bare().aloneOnAllCoresMs()).isPositive();
      assertThat(result.pipeline().cpuMsByPart()).doesNotContainKey("bench");
      assertThat(result.pipeline().brokerMegabytesPerFilm()).isBetween(0.1, 10.0);
      assertReceivesFilmsOfTheSamples(result.receive());
      assertThat(result.addedLatencyMs().p50()).isLessThanOrEqualTo(result.addedLatencyMs().p99());
    }
    assertThat(results.get(0).model()).isNotEqualTo(results.get(1).model());
  }

  /** As a site may have it that measures on the machine, and with the file, of its service. */
  private ServiceConfig siteWith(Path inbox) throws IOException {
    Path file = folder.resolve("magsd.yaml");
    Files.writeString(
        file,
        """
        kafka: {replication: 3, properties: {security.protocol: SSL}}
        ingest: {folder: {folder: '%s', settle-seconds: 0}}
        inference: {shadow-model: '%s', commit-millis: 100}
        """
            .formatted(inbox, folder.resolve("first")));
    return ServiceConfig.load(file);
  }

  /** Whatever the speed: bytes per second are films per second times the mean size of a film. */
  private static void assertReceivesFilmsOfTheSamples(List<BenchResult.Receive> receive)
      throws IOException {
    LongSummaryStatistics bytes = sampleSizes();
    assertThat(receive).extracting(BenchResult.Receive::senders).containsExactly(1, 4, 16);
    for (BenchResult.Receive row : receive) {
      assertThat(row.instancesPerSecond()).isPositive();
      assertThat(row.megabytesPerSecond()).isPositive();
      assertThat(megabytesPerFilm(row))
          .as("MB per film with %d senders", row.senders())
          .isBetween(bytes.getMin() / 1e6, bytes.getMax() / 1e6)
          .isCloseTo(megabytesPerFilm(receive.get(0)), withinPercentage(1));
    }
  }

  private static double megabytesPerFilm(BenchResult.Receive row) {
    return row.megabytesPerSecond() / row.instancesPerSecond();
  }

  private static LongSummaryStatistics sampleSizes() throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES)) {
      return files
          .filter(file -> file.toString().endsWith(".dcm"))
          .mapToLong(file -> file.toFile().length())
          .summaryStatistics();
    }
  }
}
