package org.magsd.inference.service;

import static org.magsd.inference.service.Require.orElse;

import java.util.Optional;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.receive.FolderConfig;
import org.magsd.ingest.receive.StowConfig;

/**
 * How films come in.
 *
 * @param dimse the C-STORE port
 * @param stow the STOW-RS service
 * @param folder a watched folder; absent: none
 */
public record IngestSettings(DimseConfig dimse, StowConfig stow, Optional<FolderConfig> folder) {
  public IngestSettings {
    dimse = orElse(dimse, DimseConfig.defaults());
    stow = orElse(stow, StowConfig.defaults());
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

  /** The same with another C-STORE port. */
  public IngestSettings at(DimseConfig other) {
    return new IngestSettings(other, stow, folder);
  }
}
