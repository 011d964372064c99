package org.magsd.inference.service;

import static org.magsd.inference.service.Require.orElse;

import java.util.Optional;
import org.magsd.ingest.config.Checks;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.TlsConfig;
import org.magsd.ingest.receive.FolderConfig;
import org.magsd.ingest.receive.StowConfig;

/**
 * How films come in.
 *
 * @param maxInFlightBytes bytes of received data that all receivers together hold, at least 1 MiB;
 *     default 256 MiB. One object may exceed it, so that large objects always get through
 * @param dimse the C-STORE port
 * @param stow the STOW-RS service
 * @param folder a watched folder; absent: none
 */
public record IngestSettings(
    Long maxInFlightBytes, DimseConfig dimse, StowConfig stow, Optional<FolderConfig> folder) {
  public IngestSettings {
    maxInFlightBytes =
        Checks.inRange(
            "ingest.max-in-flight-bytes",
            orElse(maxInFlightBytes, ByteBudget.DEFAULT),
            1 << 20,
            1L << 40);
    dimse = belowHome(orElse(dimse, DimseConfig.defaults()));
    stow = belowHome(orElse(stow, StowConfig.defaults()));
    folder =
        orElse(folder, Optional.<FolderConfig>empty())
            .map(
                given ->
                    new FolderConfig(
                        Home.resolve(given.folder()),
                        given.settleSeconds(),
                        given.pollSeconds(),
                        given.maxObjectBytes()));
  }

  private static DimseConfig belowHome(DimseConfig given) {
    return new DimseConfig(
        given.aeTitle(),
        given.calledTitles(),
        given.bind(),
        given.port(),
        given.callers(),
        given.maxPdu(),
        given.maxAssociations(),
        given.maxObjectBytes(),
        given.artimSeconds(),
        given.idleSeconds(),
        given.sinkSeconds(),
        given.sopClasses(),
        given.tls().map(IngestSettings::belowHome));
  }

  private static StowConfig belowHome(StowConfig given) {
    return new StowConfig(
        given.bearerToken(),
        given.maxObjectBytes(),
        given.maxInstances(),
        given.maxRequests(),
        given.requestSeconds(),
        given.sinkSeconds(),
        given
            .https()
            .map(
                https -> new StowConfig.Https(https.bind(), https.port(), belowHome(https.tls()))));
  }

  private static TlsConfig belowHome(TlsConfig given) {
    return new TlsConfig(
        given.keyStore().map(Home::resolve),
        given.trustStore().map(Home::resolve),
        given.password(),
        given.clientCertificates());
  }

  /** The same with another C-STORE port. */
  public IngestSettings at(DimseConfig other) {
    return new IngestSettings(maxInFlightBytes, other, stow, folder);
  }

  /** The same with another STOW-RS service. */
  public IngestSettings with(StowConfig other) {
    return new IngestSettings(maxInFlightBytes, dimse, other, folder);
  }
}
