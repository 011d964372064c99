package org.magsd.inference.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.ModelDescription;
import org.magsd.inference.stream.Arrival;
import org.magsd.inference.stream.Screened;
import org.magsd.inference.stream.Screening;

class MetricsTest {
  @Test
  void countsSkippedFilmsByReasonWithoutItsParticulars() {
    try (Metrics metrics = new Metrics()) {
      metrics.screened(skipped("not a frontal view (view position LL)"));
      metrics.screened(skipped("not a frontal view (description)"));
      metrics.screened(skipped("the image is too small: 20x30 pixels"));

      assertThat(metrics.scrape())
          .contains("magsd_skipped_total{reason=\"not a frontal view\"} 2.0")
          .contains("magsd_skipped_total{reason=\"the image is too small\"} 1.0")
          .doesNotContain("LL")
          .doesNotContain("20x30");
    }
  }

  @Test
  void countsRejectedInstancesWhicheverWayTheyWent() {
    try (Metrics metrics = new Metrics()) {
      metrics.screened(screened(new Screening.Failed("no pixels", "DicomException")));
      metrics.rejected();

      assertThat(metrics.scrape()).contains("magsd_failed_total 2.0");
    }
  }

  @Test
  void addsUpWhatWaitsInAllPartitions() {
    try (Metrics metrics = new Metrics()) {
      metrics.waiting(0, 5);
      metrics.waiting(3, 40);
      metrics.waiting(0, 2);

      assertThat(metrics.scrape()).contains("magsd_films_backlog 42.0");
    }
  }

  /** As Kafka's clients do of every topic with a dot in its name. */
  @Test
  void tellsTheLagOfATopicOnce() {
    try (Metrics metrics = new Metrics()) {
      metrics.bind(lag("dicom.instances", 7));
      metrics.bind(lag("dicom_instances", 7));
      metrics.bind(lag("another_topic", 1));

      assertThat(metrics.scrape())
          .contains("kafka_consumer_fetch_manager_records_lag{topic=\"dicom.instances\"} 7.0")
          .contains("kafka_consumer_fetch_manager_records_lag{topic=\"another_topic\"} 1.0")
          .doesNotContain("dicom_instances");
    }
  }

  private static MeterBinder lag(String topic, int records) {
    return registry ->
        registry.gauge(
            "kafka.consumer.fetch.manager.records.lag", Tags.of("topic", topic), records);
  }

  @Test
  void countsFromZeroWhateverCanBeNamedBeforehand() {
    try (Metrics metrics = new Metrics()) {
      metrics.classes(List.of("normal"));

      assertThat(metrics.scrape())
          .contains("magsd_received_total{channel=\"folder\"} 0.0")
          .contains("magsd_received_bytes_total{channel=\"stow\"} 0.0")
          .contains("magsd_assessed_total{label=\"normal\"} 0.0")
          .contains("magsd_delivery_retries_total{reason=\"unreachable\"} 0.0")
          .contains("magsd_undelivered_total{reason=\"refused\"} 0.0");
    }
  }

  @Test
  void saysOfEachOfItsMetricsWhatItIs() {
    try (Metrics metrics = DashboardTest.everythingHasHappenedOnce()) {
      assertThat(metrics.scrape().lines())
          .filteredOn(line -> line.startsWith("# HELP magsd_"))
          .hasSizeGreaterThan(20)
          .allMatch(line -> line.matches("# HELP \\S+ \\S.*"));
    }
  }

  private static Screened skipped(String reason) {
    return screened(new Screening.Skipped(reason));
  }

  private static Screened screened(Screening outcome) {
    ModelDescription model =
        new ModelDescription(
            "m",
            "1",
            "0".repeat(64),
            List.of(
                new ModelDescription.ModelClass(
                    "normal", "No finding", Optional.empty(), 0.5, false)),
            1,
            "");
    Arrival arrival =
        new Arrival(
            "1.1", new byte[0], "t", 0, 0, 0, Instant.now(), Optional.empty(), Optional.empty(), 1);
    return new Screened(arrival, "", Optional.empty(), false, outcome, model, Optional.empty());
  }
}
