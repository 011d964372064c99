package org.magsd.inference.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the demo is run.
 *
 * @param once end when every sample is done
 * @param out where Bundles and heat maps are kept
 * @param samples folder of the sample studies and their manifest
 * @param model bundle folder
 * @param dimsePort C-STORE port; 0: any free one
 * @param httpPort HTTP port; 0: any free one
 * @param sandboxPort port of the sandbox FHIR endpoint; 0: any free one
 * @param patience how long to wait for the samples' reports
 */
public record DemoOptions(
    boolean once,
    Optional<Path> out,
    Path samples,
    Path model,
    int dimsePort,
    int httpPort,
    int sandboxPort,
    Duration patience) {}
