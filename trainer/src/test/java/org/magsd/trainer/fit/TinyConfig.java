package org.magsd.trainer.fit;

/** The smallest training that leaves a bundle, of the films that {@code Films.folder} makes. */
public final class TinyConfig {
  /** Two classes, one stage, one epoch, one thread. */
  public static final String YAML =
      """
      name: tiny
      classes:
        - {name: a, display: A, finding: true, snomed: "233604007", snomedDisplay: Pneumonia}
        - {name: b, display: B, finding: false, snomed: "281900007", snomedDisplay: Nothing}
      preprocessing: {size: 32}
      network: {maps: 2}
      machine: {threads: 1}
      stages:
        - name: only
          data: [{labels: labels.csv}]
          epochs: 1
          batch: 4
          schedule: {rate: 0.001}
      """;

  private TinyConfig() {}
}
