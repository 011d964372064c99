package org.magsd.ingest.net;

import static org.magsd.ingest.config.Checks.inRange;
import static org.magsd.ingest.config.Checks.orElse;

import java.util.List;
import java.util.Optional;
import org.magsd.ingest.config.Checks;

/**
 * The C-STORE port. An absent (null) component means its default.
 *
 * @param aeTitle the title this receiver answers to; default MAGSD
 * @param calledTitles further titles it answers to; {@code *} answers to any; default none
 * @param bind address to listen on; default 127.0.0.1
 * @param port TCP port, 0 to 65535 (0: any free one); default 11112
 * @param callers who may call; empty: everyone; default empty
 * @param maxPdu largest PDU accepted, bytes, 4096 to 1048576; default 131072
 * @param maxAssociations open associations at a time, 1 to 1000; default 64
 * @param maxObjectBytes largest data set, bytes, 1024 to 2000000000; default 268435456
 * @param artimSeconds patience for an association request, a PDU once begun, and a close; 1 to
 *     3600; default 30
 * @param idleSeconds patience between messages of an association; 1 to 86400; default 120
 * @param sinkSeconds patience for memory and for the broker's acknowledgement; 1 to 3600; default
 *     60
 * @param sopClasses storage SOP class UIDs accepted beside those of the standard's storage root;
 *     default none
 * @param tls absent: plain TCP
 */
public record DimseConfig(
    String aeTitle,
    List<String> calledTitles,
    String bind,
    Integer port,
    List<Caller> callers,
    Integer maxPdu,
    Integer maxAssociations,
    Integer maxObjectBytes,
    Integer artimSeconds,
    Integer idleSeconds,
    Integer sinkSeconds,
    List<String> sopClasses,
    Optional<TlsConfig> tls) {
  private static final String KEY = "ingest.dimse.";

  public DimseConfig {
    aeTitle = AeTitle.checked(KEY + "ae-title", orElse(aeTitle, "MAGSD"));
    calledTitles = List.copyOf(orElse(calledTitles, List.<String>of()));
    calledTitles.forEach(
        title -> {
          if (!title.equals("*")) {
            AeTitle.checked(KEY + "called-titles", title);
          }
        });
    bind = Checks.address(KEY + "bind", orElse(bind, "127.0.0.1"));
    port = inRange(KEY + "port", orElse(port, 11112), 0, 65535);
    callers = List.copyOf(orElse(callers, List.<Caller>of()));
    maxPdu = inRange(KEY + "max-pdu", orElse(maxPdu, 131_072), 4_096, 1_048_576);
    maxAssociations = inRange(KEY + "max-associations", orElse(maxAssociations, 64), 1, 1_000);
    maxObjectBytes =
        inRange(KEY + "max-object-bytes", orElse(maxObjectBytes, 1 << 28), 1_024, 2_000_000_000);
    artimSeconds = inRange(KEY + "artim-seconds", orElse(artimSeconds, 30), 1, 3_600);
    idleSeconds = inRange(KEY + "idle-seconds", orElse(idleSeconds, 120), 1, 86_400);
    sinkSeconds = inRange(KEY + "sink-seconds", orElse(sinkSeconds, 60), 1, 3_600);
    sopClasses = List.copyOf(orElse(sopClasses, List.<String>of()));
    sopClasses.forEach(uid -> Checks.uid(KEY + "sop-classes", uid));
    tls = orElse(tls, Optional.empty());
    if (tls.isPresent()
        && tls.get().trustStore().isEmpty()
        && callers.stream().anyMatch(caller -> caller.report().isPresent())) {
      throw new IllegalArgumentException(
          KEY + "tls.trust-store: needed to know the receivers of callers.report by");
    }
  }

  /** Every default: MAGSD on loopback, port 11112, open to every caller there. */
  public static DimseConfig defaults() {
    return onLoopback(11112);
  }

  /** Every default but the port (0: any free one). */
  public static DimseConfig onLoopback(int port) {
    return new DimseConfig(
        null, null, null, port, null, null, null, null, null, null, null, null, Optional.empty());
  }

  /**
   * A sender that may call.
   *
   * @param ae its AE title
   * @param addresses host names or IP addresses it may call from; empty: any
   * @param report {@code HOST:PORT} where its storage commitment reports go; absent: back over the
   *     association that asked
   */
  public record Caller(String ae, List<String> addresses, Optional<String> report) {
    public Caller {
      ae = AeTitle.checked(KEY + "callers.ae", ae);
      addresses = List.copyOf(orElse(addresses, List.<String>of()));
      report = orElse(report, Optional.empty());
      report.ifPresent(address -> Checks.hostAndPort(KEY + "callers.report", address));
    }
  }
}
