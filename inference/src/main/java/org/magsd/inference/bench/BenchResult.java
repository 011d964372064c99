package org.magsd.inference.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/**
 * What a benchmark run found; as JSON the shape scripts rely on.
 *
 * @param device {@code cpu} or {@code cuda:N}
 * @param model name, version and digest of the model
 * @param bare ONNX Runtime alone, at its best batch size
 * @param pipeline from {@code dicom.instances} to {@code fhir.diagnostic-reports}
 * @param ratio of pipeline to bare
 * @param receive the C-STORE port, with the broker's acknowledgements
 * @param addedLatencyMs from a study's record to its report at low load, less the quiet period
 * @param inferenceMs one film alone through the bare runtime
 * @param maxRssMb peak resident memory of this process, MiB
 */
@JsonPropertyOrder({
  "device",
  "model",
  "bare",
  "pipeline",
  "ratio",
  "receive",
  "addedLatencyMs",
  "inferenceMs",
  "maxRssMb"
})
public record BenchResult(
    String device,
    String model,
    Bare bare,
    Pipeline pipeline,
    double ratio,
    List<Receive> receive,
    Latency addedLatencyMs,
    double inferenceMs,
    long maxRssMb) {

  /** Films per second, and the batch size that gave them. */
  public record Bare(double imagesPerSecond, int batch) {}

  /** Films per second. */
  public record Pipeline(double imagesPerSecond) {}

  /** What some senders together got stored. */
  public record Receive(int senders, double instancesPerSecond, double megabytesPerSecond) {}

  /** Percentiles, milliseconds. */
  public record Latency(double p50, double p95, double p99) {}
}
