package org.magsd.inference.bench;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;

/**
 * What a benchmark run found about one model; as JSON the shape scripts rely on.
 *
 * @param device {@code cpu} or {@code cuda:N}
 * @param model name, version and digest of the model
 * @param bare ONNX Runtime alone, at its best
 * @param pipeline from {@code dicom.instances} to {@code fhir.diagnostic-reports}
 * @param ratio of pipeline to bare
 * @param preparation decoding and preparing a film
 * @param receive the C-STORE port, with the broker's acknowledgements
 * @param addedLatencyMs from a study's record to its report at low load, less the quiet period
 * @param inferenceMs one film alone through the bare runtime, whose session is set up as the
 *     service's: on a processor a film has {@code inference.threads} cores
 * @param maxRssMb peak resident memory of this process so far, MiB
 * @param loadAverage processes that wanted a processor in the last minute, this one's included; -1
 *     where the system does not tell
 */
@JsonPropertyOrder({
  "device",
  "model",
  "bare",
  "pipeline",
  "ratio",
  "preparation",
  "receive",
  "addedLatencyMs",
  "inferenceMs",
  "maxRssMb",
  "loadAverage"
})
public record BenchResult(
    String device,
    String model,
    Bare bare,
    Pipeline pipeline,
    double ratio,
    Preparation preparation,
    List<Receive> receive,
    Latency addedLatencyMs,
    double inferenceMs,
    long maxRssMb,
    double loadAverage) {

  /**
   * The runtime alone.
   *
   * @param batch films in a run
   * @param spinning whether its idle threads spun, which the service's do not
   * @param cpuMs processor time per film, milliseconds of one core; 0 where the system does not
   *     tell
   * @param besideEachOther films per second where each core runs batches of its own; on a GPU of
   *     one thread
   * @param aloneOnAllCoresMs one film alone where it has all cores, milliseconds
   */
  public record Bare(
      double imagesPerSecond,
      int batch,
      boolean spinning,
      double cpuMs,
      double besideEachOther,
      double aloneOnAllCoresMs) {}

  /**
   * Everything.
   *
   * @param cpuMs processor time per film, milliseconds of one core, the broker's included; not that
   *     of who publishes the films and awaits the reports
   * @param cpuMsByPart the same by what it was spent on
   * @param brokerMegabytesPerFilm what the broker's log grew by
   */
  public record Pipeline(
      double imagesPerSecond,
      double cpuMs,
      Map<String, Double> cpuMsByPart,
      double brokerMegabytesPerFilm) {}

  /**
   * Decoding, presenting and preparing.
   *
   * @param cpuMs processor time per film, milliseconds of one core
   * @param shareOfInference of the time that the bare runtime takes for a film on the whole machine
   */
  public record Preparation(double cpuMs, double shareOfInference) {}

  /** What some senders together got stored. */
  public record Receive(int senders, double instancesPerSecond, double megabytesPerSecond) {}

  /** Percentiles, milliseconds. */
  public record Latency(double p50, double p95, double p99) {}
}
