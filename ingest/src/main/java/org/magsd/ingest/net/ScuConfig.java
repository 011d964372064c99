package org.magsd.ingest.net;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whom to send to, and how patiently.
 *
 * @param callingAe own AE title
 * @param calledAe the receiver's AE title
 * @param host the receiver's host name or address
 * @param port the receiver's TCP port
 * @param tls absent: plain TCP; needs a trust store, so that nobody is trusted by default
 * @param maxPdu largest PDU accepted from the peer, bytes
 * @param connectTimeout patience for the TCP (and TLS) connection and the association's acceptance
 * @param responseTimeout patience for the answer to one message, and for a receiver that takes no
 *     data for a while, as one may that has no memory for them
 * @param attempts how often a file is tried when the peer is away or out of resources, at least 1
 * @param firstBackoff pause before the second attempt; doubles with each further one
 */
public record ScuConfig(
    String callingAe,
    String calledAe,
    String host,
    int port,
    Optional<TlsConfig> tls,
    int maxPdu,
    Duration connectTimeout,
    Duration responseTimeout,
    int attempts,
    Duration firstBackoff) {
  private static final Pattern ADDRESS = Pattern.compile("([^@]+)@(.+):([0-9]{1,5})");
  private static final Pattern HOST_AND_PORT = Pattern.compile("(.+):([0-9]{1,5})");

  public ScuConfig {
    callingAe = AeTitle.checked("calling AE", callingAe);
    calledAe = AeTitle.checked("called AE", calledAe);
    requireNonNull(host, "host");
    requireNonNull(tls, "tls");
    requireNonNull(connectTimeout, "connectTimeout");
    requireNonNull(responseTimeout, "responseTimeout");
    requireNonNull(firstBackoff, "firstBackoff");
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port: %d is not between 1 and 65535".formatted(port));
    }
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: %d is less than 1".formatted(attempts));
    }
    if (tls.isPresent() && tls.get().trustStore().isEmpty()) {
      throw new IllegalArgumentException("tls.trust-store: needed to know the receiver by");
    }
  }

  /** Defaults for {@code AE@HOST:PORT}; IPv6 addresses stand in brackets. */
  public static ScuConfig to(String address) {
    Matcher parts = ADDRESS.matcher(address);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not AE@HOST:PORT, as in MAGSD@127.0.0.1:11112".formatted(address));
    }
    return to(parts.group(1), parts.group(2) + ":" + parts.group(3));
  }

  /**
   * Defaults for a title, which may hold any character that titles may, at {@code HOST:PORT}; IPv6
   * addresses stand in brackets.
   */
  public static ScuConfig to(String calledAe, String hostAndPort) {
    Matcher parts = HOST_AND_PORT.matcher(hostAndPort);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not HOST:PORT, as in 127.0.0.1:11112".formatted(hostAndPort));
    }
    return new ScuConfig(
        "MAGSD-SEND",
        calledAe,
        parts.group(1).replaceAll("^\\[(.*)]$", "$1"),
        Integer.parseInt(parts.group(2)),
        Optional.empty(),
        131_072,
        Duration.ofSeconds(10),
        Duration.ofSeconds(120),
        4,
        Duration.ofMillis(500));
  }

  /** The same with another title of one's own. */
  public ScuConfig from(String ownAe) {
    return new ScuConfig(
        ownAe,
        calledAe,
        host,
        port,
        tls,
        maxPdu,
        connectTimeout,
        responseTimeout,
        attempts,
        firstBackoff);
  }

  /** The same over TLS. */
  public ScuConfig over(TlsConfig secured) {
    return new ScuConfig(
        callingAe,
        calledAe,
        host,
        port,
        Optional.of(secured),
        maxPdu,
        connectTimeout,
        responseTimeout,
        attempts,
        firstBackoff);
  }

  /** The same with another patience towards a peer that is away or out of resources. */
  public ScuConfig trying(int times, Duration backoff) {
    return new ScuConfig(
        callingAe,
        calledAe,
        host,
        port,
        tls,
        maxPdu,
        connectTimeout,
        responseTimeout,
        times,
        backoff);
  }
}
