package org.magsd.inference.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus' own tool reads what we hand to Prometheus, and runs its alerts. */
@Tag("peer")
@Timeout(60)
class PrometheusPeerIT {
  private static final Path ALERTS_TEST = Path.of("src/test/resources/prometheus/alerts-test.yml");

  /** Read, but it would have named something otherwise: metrics of the libraries, not ours. */
  private static final int LINT = 3;

  @TempDir Path folder;

  @Test
  void takesConfigurationAndRules() throws Exception {
    Path config = Path.of("..", "docker", "prometheus", "prometheus.yml");

    assertThat(promtool("check", "config", config.toString())).contains("11 rules found");
  }

  @Test
  void alertsWhenItShouldAndOnlyThen() throws Exception {
    assertThat(promtool("test", "rules", ALERTS_TEST.toString())).contains("SUCCESS");
  }

  @Test
  void readsWhatTheServiceServes() throws Exception {
    String scrape;
    try (Metrics metrics = DashboardTest.everythingHasHappenedOnce()) {
      scrape = metrics.scrape();
    }
    Path served = Files.writeString(folder.resolve("metrics"), scrape);

    assertThat(promtool(served, LINT, List.of("check", "metrics"))).doesNotContain("magsd_");
  }

  private String promtool(String... arguments) throws Exception {
    return promtool(Path.of("/dev/null"), 0, List.of(arguments));
  }

  /** What it says, having ended with a status no other than that one or 0. */
  private String promtool(Path input, int expected, List<String> arguments)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .redirectInput(input.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int status = process.waitFor();
    String said = Files.readString(output, UTF_8);
    assertThat(status).as(said).isIn(0, expected);
    return said;
  }
}
