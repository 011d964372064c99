package org.magsd.inference.console;

import static org.assertj.core.api.Assertions.assertThat;

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
