package org.magsd.inference.service;

import static org.magsd.inference.service.Require.inRange;
import static org.magsd.inference.service.Require.orElse;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.magsd.fhir.deliver.Authorization;
import org.magsd.fhir.deliver.DeliveryConfig;
import org.magsd.fhir.deliver.RetryPolicy;
import org.magsd.inference.stream.Topics;

/**
 * The FHIR server reports are delivered to. An absent (null) component means its default.
 *
 * @param server base URL of the FHIR R4 server; empty: reports stay on their topic; default empty
 * @param connectSeconds longest wait for a connection, 1 to 300; default 5
 * @param requestSeconds longest time for one request with its answer, 1 to 600; default 30
 * @param firstDelayMillis wait after the first failure, doubling, 1 to 60000; default 500
 * @param longestDelaySeconds longest wait between two attempts, 1 to 3600; default 60
 * @param attempts most attempts for one report, 1 to 100000; default 1000
 * @param giveUpMinutes longest time spent on one report, 1 to 10080; default 60
 * @param groupId consumer group; default magsd-deliver
 * @param oauth client credentials; absent: the server asks for none
 */
public record DeliverySettings(
    String server,
    Integer connectSeconds,
    Integer requestSeconds,
    Integer firstDelayMillis,
    Integer longestDelaySeconds,
    Integer attempts,
    Integer giveUpMinutes,
    String groupId,
    Optional<OauthSettings> oauth) {
  private static final String KEY = "fhir.";

  public DeliverySettings {
    server = orElse(server, "").strip();
    connectSeconds = inRange(KEY + "connect-seconds", orElse(connectSeconds, 5), 1, 300);
    requestSeconds = inRange(KEY + "request-seconds", orElse(requestSeconds, 30), 1, 600);
    firstDelayMillis =
        inRange(KEY + "first-delay-millis", orElse(firstDelayMillis, 500), 1, 60_000);
    longestDelaySeconds =
        inRange(KEY + "longest-delay-seconds", orElse(longestDelaySeconds, 60), 1, 3_600);
    attempts = inRange(KEY + "attempts", orElse(attempts, 1_000), 1, 100_000);
    giveUpMinutes = inRange(KEY + "give-up-minutes", orElse(giveUpMinutes, 60), 1, 10_080);
    groupId = orElse(groupId, "magsd-deliver");
    oauth = orElse(oauth, Optional.empty());
    Require.that(!groupId.isBlank(), KEY + "group-id", "'" + groupId + "'", "given");
    Require.that(
        longestDelaySeconds * 1_000 >= firstDelayMillis,
        KEY + "longest-delay-seconds",
        longestDelaySeconds,
        "at least first-delay-millis, " + firstDelayMillis);
    if (!server.isEmpty()) {
      Require.httpUrl(KEY + "server", server);
    }
  }

  /** The defaults for that server. */
  public static DeliverySettings to(String server) {
    return new DeliverySettings(server, null, null, null, null, null, null, null, Optional.empty());
  }

  boolean configured() {
    return !server.isEmpty();
  }

  /**
   * With the secret or key that is in a file.
   *
   * @throws IllegalArgumentException naming the key and the file that is of no use
   */
  DeliveryConfig config() {
    return new DeliveryConfig(
        URI.create(server),
        Topics.REPORTS.name(),
        Topics.UNDELIVERED.name(),
        groupId,
        Duration.ofSeconds(connectSeconds),
        Duration.ofSeconds(requestSeconds),
        new RetryPolicy(
            Duration.ofMillis(firstDelayMillis),
            Duration.ofSeconds(longestDelaySeconds),
            attempts,
            Duration.ofMinutes(giveUpMinutes)),
        oauth.map(OauthSettings::authorization).orElseGet(Authorization.None::new));
  }
}
