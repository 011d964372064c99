package org.magsd.inference.service;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What one process of the service does; any of them alone, or all together. */
public enum Part {
  /** Receives films and publishes them. */
  INGEST,
  /** Runs the topology. */
  INFERENCE,
  /** Delivers reports. */
  FHIR;

  public static Set<Part> all() {
    return EnumSet.allOf(Part.class);
  }

  /**
   * Reads {@code ingest}, {@code inference} or {@code fhir}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static Part parse(String name) {
    for (Part part : values()) {
      if (part.name().toLowerCase(Locale.ROOT).equals(name.strip())) {
        return part;
      }
    }
    throw new IllegalArgumentException("'" + name + "' is not ingest, inference or fhir");
  }
}
