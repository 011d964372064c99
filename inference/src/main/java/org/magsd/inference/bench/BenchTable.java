package org.magsd.inference.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.magsd.inference.model.CpuInfo;

/** The results as Markdown: one table of speed, one of where the processor time goes. */
public final class BenchTable {
  private static final List<String> TOLD_FLAGS =
      List.of("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8");

  private BenchTable() {}

  public static String of(List<BenchResult> results) {
    StringBuilder text = new StringBuilder(1_000);
    text.append(machine()).append("; load average ");
    text.append(
        results.stream()
            .map(result -> format("%.1f", result.loadAverage()))
            .collect(Collectors.joining(", ")));
    text.append(
        """


        | model, device | bare films/s (batch) | a batch per core | pipeline films/s | ratio | added latency p50, p95, p99 | one film alone (on all cores) | memory so far |
        |---|---|---|---|---|---|---|---|
        """);
    for (BenchResult result : results) {
      text.append(
          format(
              "| `%s`, %s | %.1f (%d%s) | %.1f | %.1f | %.2f | %.0f, %.0f, %.0f ms | %.1f (%.1f) ms"
                  + " | %d MiB |%n",
              name(result),
              result.device(),
              result.bare().imagesPerSecond(),
              result.bare().batch(),
              result.bare().spinning() ? ", spinning" : "",
              result.bare().besideEachOther(),
              result.pipeline().imagesPerSecond(),
              result.ratio(),
              result.addedLatencyMs().p50(),
              result.addedLatencyMs().p95(),
              result.addedLatencyMs().p99(),
              result.inferenceMs(),
              result.bare().aloneOnAllCoresMs(),
              result.maxRssMb()));
    }
    text.append(
        """

        | CPU ms per film | bare | pipeline | network | films | stream | broker | JVM | decode and prepare | broker MB per film |
        |---|---|---|---|---|---|---|---|---|---|
        """);
    for (BenchResult result : results) {
      BenchResult.Pipeline pipeline = result.pipeline();
      text.append(
          format(
              "| `%s` | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f (%.0f %% of"
                  + " inference) | %.2f |%n",
              name(result),
              result.bare().cpuMs(),
              pipeline.cpuMs(),
              part(pipeline, CpuTime.Part.NETWORK),
              part(pipeline, CpuTime.Part.FILMS),
              part(pipeline, CpuTime.Part.STREAM),
              part(pipeline, CpuTime.Part.BROKER),
              part(pipeline, CpuTime.Part.JVM),
              result.preparation().cpuMs(),
              100 * result.preparation().shareOfInference(),
              pipeline.brokerMegabytesPerFilm()));
    }
    text.append(
        """

        | C-STORE senders | instances/s | MB/s |
        |---|---|---|
        """);
    for (BenchResult.Receive one : results.get(0).receive()) {
      text.append(
          format(
              "| %d | %.0f | %.1f |%n",
              one.senders(), one.instancesPerSecond(), one.megabytesPerSecond()));
    }
    return text.toString();
  }

  private static double part(BenchResult.Pipeline pipeline, CpuTime.Part part) {
    return pipeline.cpuMsByPart().getOrDefault(part.name().toLowerCase(Locale.ROOT), 0.0);
  }

  private static String name(BenchResult result) {
    return result.model().replaceAll("@.*", "");
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** Processor, cores and the instructions that matter, as far as the system tells. */
  private static String machine() {
    CpuInfo cpu = CpuInfo.get();
    return Runtime.getRuntime().availableProcessors()
        + " cores of "
        + cpu.name().orElse("an unnamed processor")
        + TOLD_FLAGS.stream()
            .filter(cpu.flags()::contains)
            .map(flag -> ", " + flag)
            .collect(Collectors.joining());
  }
}
