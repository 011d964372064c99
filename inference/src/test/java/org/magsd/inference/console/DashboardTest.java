package org.magsd.inference.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.micrometer.core.instrument.Tags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.magsd.fhir.report.ModelDescription;
import org.magsd.fhir.report.ModelDescription.ModelClass;
import org.magsd.inference.stream.Arrival;
import org.magsd.inference.stream.Screened;
import org.magsd.inference.stream.Screening;

/** The provisioned Grafana dashboard and Prometheus' alerts ask only for metrics we have. */
class DashboardTest {
  private static final Path DASHBOARD =
      Path.of("..", "docker", "grafana", "dashboards", "magsd.json");
  private static final Path ALERTS = Path.of("..", "docker", "prometheus", "alerts.yml");
  private static final Pattern METRIC =
      Pattern.compile("\\b(?:magsd|jvm|process|system|kafka)_[a-z_]+\\b");
  private static final Pattern SERIES = Pattern.compile("(?m)^([a-z_]+)(?:\\{([^}]*)\\})? ");

  private static Stream<List<String>> allExpressions() throws IOException {
    return Stream.of(expressions(), alerts());
  }

  @ParameterizedTest
  @MethodSource("allExpressions")
  void asksOnlyForMetricsTheServiceHas(List<String> expressions) throws IOException {
    Set<String> asked = new TreeSet<>();
    for (String expression : expressions) {
      METRIC.matcher(expression).results().forEach(found -> asked.add(found.group()));
    }
    Set<String> served;
    try (Metrics metrics = everythingHasHappenedOnce()) {
      served =
          SERIES
              .matcher(metrics.scrape())
              .results()
              .map(found -> found.group(1))
              .collect(Collectors.toCollection(TreeSet::new));
    }

    assertThat(asked).hasSizeGreaterThan(8).isSubsetOf(served);
  }

  @ParameterizedTest
  @MethodSource("allExpressions")
  void groupsOnlyByLabelsTheServiceGives(List<String> expressions) throws IOException {
    Pattern grouping = Pattern.compile("by \\(([a-z, ]+)\\) \\((?:rate\\(|increase\\()?([a-z_]+)");
    try (Metrics metrics = everythingHasHappenedOnce()) {
      String scrape = metrics.scrape();
      for (String expression : expressions) {
        grouping
            .matcher(expression)
            .results()
            .forEach(
                found ->
                    assertThat(labels(scrape, found.group(2)))
                        .as(expression)
                        .contains(found.group(1).split(", ")));
      }
    }
  }

  @Test
  void showsWhatTheReadmeTellsToWatch() throws IOException {
    String readme = Files.readString(Path.of("..", "README.md"));
    Set<String> told =
        Pattern.compile("`((?:magsd|kafka)_[a-z_]+)[`{]")
            .matcher(readme)
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(told)
        .contains("kafka_consumer_fetch_manager_records_lag")
        .allMatch(String.join(" ", expressions())::contains);
  }

  /** Which instance it is Prometheus says of all metrics. */
  private static Set<String> labels(String scrape, String metric) {
    Stream<String> ours =
        SERIES
            .matcher(scrape)
            .results()
            .filter(found -> found.group(1).equals(metric) && found.group(2) != null)
            .flatMap(found -> Pattern.compile("([a-z_]+)=\"").matcher(found.group(2)).results())
            .map(label -> label.group(1));
    return Stream.concat(ours, Stream.of("instance")).collect(Collectors.toSet());
  }

  private static List<String> expressions() throws IOException {
    return new ObjectMapper().readTree(DASHBOARD.toFile()).findValuesAsText("expr");
  }

  private static List<String> alerts() throws IOException {
    return new YAMLMapper().readTree(ALERTS.toFile()).findValuesAsText("expr");
  }

  static Metrics everythingHasHappenedOnce() {
    Metrics metrics = new Metrics();
    metrics.films(() -> 1, () -> 2, () -> 3);
    metrics.model(() -> 1);
    Health health = new Health();
    health.expect("model");
    metrics.parts(health);
    metrics.bind(
        registry -> // as Kafka's consumers have it
        registry.gauge(
                "kafka.consumer.fetch.manager.records.lag",
                Tags.of("client.id", "c", "partition", "0", "topic", "dicom.instances"),
                1));
    metrics.bind(
        registry ->
            registry.gauge("kafka.consumer.last.poll.seconds.ago", Tags.of("client.id", "c"), 1));
    metrics.stored("dimse", 1_000, 1_000_000);
    metrics.refused("dimse", "busy");
    metrics.screened(
        screened(
            new Screening.Assessed(
                "normal", Map.of("normal", 1.0), "m", new float[1][1], new byte[0])));
    metrics.screened(screened(new Screening.Skipped("not a frontal view: LL")));
    metrics.screened(screened(new Screening.Failed("no pixels", "DicomException")));
    metrics.batch(4);
    metrics.reported("2.25.1", 1, Duration.ofSeconds(3));
    metrics.delivered("2.25.1", 1, Duration.ofMillis(20));
    metrics.reportFailed("2.25.1");
    metrics.shadowMissing("late");
    metrics.retried("2.25.1", "timeout");
    metrics.undelivered("2.25.1", "refused");
    return metrics;
  }

  private static Screened screened(Screening outcome) {
    ModelDescription model =
        new ModelDescription(
            "m",
            "1",
            "0".repeat(64),
            List.of(new ModelClass("normal", "No finding", Optional.empty(), 0.5, false)),
            1,
            "");
    Arrival arrival =
        new Arrival(
            "2.25.1",
            new byte[0],
            "t",
            0,
            0,
            0,
            Instant.now(),
            Optional.empty(),
            Optional.empty(),
            1);
    return new Screened(arrival, "", Optional.empty(), false, outcome, model, Optional.empty());
  }
}
