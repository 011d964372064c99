package org.magsd.inference.service;

import java.util.Optional;
import java.util.Set;
import org.magsd.fhir.deliver.DeliveryConfig;
import org.magsd.inference.UserError;

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
      return new Prepared(
          Optional.of(config.fhir())
              .filter(fhir -> parts.contains(Part.FHIR) && fhir.configured())
              .map(DeliverySettings::config));
    } catch (IllegalArgumentException e) {
      throw UserError.inConfiguration(e.getMessage(), e);
    }
  }
}
