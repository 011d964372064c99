package org.magsd.fhir.deliver;

import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReportDeliveryTest {
  @Test
  void anotherConsumerTakesOverAfterAMomentWithoutMemory() {
    AtomicInteger begun = new AtomicInteger();
    List<String> brokers =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            if (Thread.currentThread().getName().equals("fhir-delivery")
                && begun.incrementAndGet() == 1) {
              throw new OutOfMemoryError("for a moment");
            }
            return "127.0.0.1:1";
          }

          @Override
          public int size() {
            return 1;
          }
        };
    DeliveryConfig config =
        new DeliveryConfig(
            URI.create("http://127.0.0.1:1/fhir"),
            "reports",
            "undelivered",
            "group",
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            RetryPolicy.defaults(),
            new Authorization.None());

    try (ReportDelivery delivery =
        ReportDelivery.start(
            Map.of("bootstrap.servers", brokers),
            config,
            LargeReports.NONE,
            new DeliveryListener() {})) {
      await().atMost(Duration.ofSeconds(30)).until(delivery::running);
    }
  }
}
