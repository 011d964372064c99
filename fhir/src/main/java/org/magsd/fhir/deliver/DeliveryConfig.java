package org.magsd.fhir.deliver;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.util.Set;

/**
 * Where reports go and how.
 *
 * @param server base URL of the FHIR R4 server
 * @param reportsTopic topic read; key study UID, value bundle JSON
 * @param undeliveredTopic topic of reports that were refused or given up
 * @param groupId consumer group
 * @param connectTimeout longest wait for a connection
 * @param requestTimeout longest time for one request with its whole answer
 */
public record DeliveryConfig(
    URI server,
    String reportsTopic,
    String undeliveredTopic,
    String groupId,
    Duration connectTimeout,
    Duration requestTimeout,
    RetryPolicy retry,
    Authorization authorization) {

  public DeliveryConfig {
    requireNonNull(server, "server");
    requireNonNull(retry, "retry");
    requireNonNull(authorization, "authorization");
    if (!Set.of("http", "https").contains(String.valueOf(server.getScheme()))
        || server.getHost() == null) {
      throw new IllegalArgumentException("server: '" + server + "' is not an http or https URL");
    }
    requireText("reportsTopic", reportsTopic);
    requireText("undeliveredTopic", undeliveredTopic);
    requireText("groupId", groupId);
    RetryPolicy.requirePositive("connectTimeout", connectTimeout);
    RetryPolicy.requirePositive("requestTimeout", requestTimeout);
  }

  /** The usual topics, timeouts and retries, without authorization. */
  public static DeliveryConfig to(URI server) {
    return new DeliveryConfig(
        server,
        "fhir.diagnostic-reports",
        "fhir.undelivered",
        "magsd-deliver",
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        RetryPolicy.defaults(),
        new Authorization.None());
  }

  private static void requireText(String key, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(key + ": '" + value + "' is empty");
    }
  }
}
