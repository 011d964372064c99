package org.magsd.inference.service;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.magsd.fhir.deliver.DeliveryConfig;
import org.magsd.inference.UserError;
import org.magsd.ingest.net.Tls;

/**
 * What the configuration keeps in files of its own, secrets and keys, read before anything is
 * started: whoever named a wrong file learns it at once. Files of parts that do not run here are
 * left alone, since they may be on another machine.
 *
 * @param delivery absent where no reports are delivered from here
 */
record Prepared(Optional<DeliveryConfig> delivery) {
  /**
   * @throws UserError naming the key and the file that is of no use
   */
  static Prepared of(ServiceConfig config, Set<Part> parts) {
    try {
      if (parts.contains(Part.INGEST)) {
        readKeys(config.ingest());
      }
      return new Prepared(
          Optional.of(config.fhir())
              .filter(fhir -> parts.contains(Part.FHIR) && fhir.configured())
              .map(DeliverySettings::config));
    } catch (IOException | IllegalArgumentException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  /** The receivers read them again, when they are started. */
  private static void readKeys(IngestSettings ingest) throws IOException {
    if (ingest.dimse().tls().isPresent()) {
      Tls.serverContext(ingest.dimse().tls().get(), Tls.Names.below("ingest.dimse.tls."));
    }
    if (ingest.stow().https().isPresent()) {
      Tls.serverContext(
          ingest.stow().https().get().tls(), Tls.Names.below("ingest.stow.https.tls."));
    }
  }
}
