package org.magsd.ingest.receive;

import static org.magsd.ingest.config.Checks.given;
import static org.magsd.ingest.config.Checks.inRange;
import static org.magsd.ingest.config.Checks.orElse;

import java.util.Optional;
import org.magsd.ingest.config.Checks;
import org.magsd.ingest.net.TlsConfig;

/**
 * The STOW-RS service. An absent (null) component means its default.
 *
 * @param bearerToken what requests must carry as {@code Authorization: Bearer ...}; absent: open
 * @param maxObjectBytes largest instance, bytes, 1024 to 2000000000; default 268435456
 * @param maxInstances most instances in a request, 1 to 1000000; default 10000
 * @param maxRequests requests served at a time, further ones are told to come back (503); 1 to
 *     1000; default 8
 * @param requestSeconds time for the body of a request to come in; 1 to 86400; default 3600
 * @param sinkSeconds patience for memory and for the broker's acknowledgement; 1 to 3600; default
 *     60
 * @param https a port of its own over TLS beside the service's HTTP port; absent: none
 */
public record StowConfig(
    Optional<String> bearerToken,
    Integer maxObjectBytes,
    Integer maxInstances,
    Integer maxRequests,
    Integer requestSeconds,
    Integer sinkSeconds,
    Optional<Https> https) {
  private static final String KEY = "ingest.stow.";

  public StowConfig {
    bearerToken = orElse(bearerToken, Optional.<String>empty()).filter(token -> !token.isBlank());
    maxObjectBytes =
        inRange(KEY + "max-object-bytes", orElse(maxObjectBytes, 1 << 28), 1_024, 2_000_000_000);
    maxInstances = inRange(KEY + "max-instances", orElse(maxInstances, 10_000), 1, 1_000_000);
    maxRequests = inRange(KEY + "max-requests", orElse(maxRequests, 8), 1, 1_000);
    requestSeconds = inRange(KEY + "request-seconds", orElse(requestSeconds, 3_600), 1, 86_400);
    sinkSeconds = inRange(KEY + "sink-seconds", orElse(sinkSeconds, 60), 1, 3_600);
    https = orElse(https, Optional.empty());
  }

  /**
   * STOW-RS over TLS.
   *
   * @param bind address to listen on; default 127.0.0.1
   * @param port TCP port, 0 to 65535 (0: any free one); default 8443
   * @param tls keys and trusted certificates
   */
  public record Https(String bind, Integer port, TlsConfig tls) {
    public Https {
      bind = Checks.address(KEY + "https.bind", orElse(bind, "127.0.0.1"));
      port = inRange(KEY + "https.port", orElse(port, 8443), 0, 65_535);
      given(KEY + "https.tls", tls);
    }
  }

  /** Every default. */
  public static StowConfig defaults() {
    return new StowConfig(Optional.empty(), null, null, null, null, null, Optional.empty());
  }

  /** Everything but the token. */
  @Override
  public String toString() {
    return "StowConfig[bearerToken=%s, maxObjectBytes=%d, maxInstances=%d, maxRequests=%d]"
        .formatted(
            bearerToken.isPresent() ? "set" : "none", maxObjectBytes, maxInstances, maxRequests);
  }
}
