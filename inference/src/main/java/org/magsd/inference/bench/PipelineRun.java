package org.magsd.inference.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;

/**
 * The whole pipeline, run by the service itself, in turns with the bare runtime, so that both meet
 * the same machine. In a turn a backlog is published, and what is measured is its middle, at both
 * ends of which as many films are under way. Its broker runs in this process and takes its share of
 * the same processors.
 */
final class PipelineRun {
  private static final int TURNS = 3;
  private static final int LEAST_BLOCK = 8;
  private static final int WARM_UP_FILMS = 32;
  private static final long WARM_UP_MILLIS = 30_000;
  private static final double WARM_UP_BLOCK_SECONDS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Feed feed;
  private final Path brokerLog;
  private final int underWay;
  private final Map<CpuTime.Part, Double> cpuMs = new EnumMap<>(CpuTime.Part.class);
  private double films;
  private double seconds;
  private long published;
  private long brokerBytes;

  /**
   * @param feed publishes films to the service's broker
   * @param brokerLog folder of that broker's data
   * @param underWay most films that the service has under way
   */
  PipelineRun(Feed feed, Path brokerLog, int underWay) {
    this.feed = feed;
    this.brokerLog = brokerLog;
    this.underWay = underWay;
  }

  /** Takes {@value #TURNS} turns each after a warm-up; together as long as asked for. */
  void run(ServiceConfig config, BareRun bare, int asked) throws IOException, InterruptedException {
    try (MagsdService service = Service.ready(config, EnumSet.of(Part.INFERENCE));
        Reports reports = new Reports(service.config().kafka().client())) {
      double rate = warmUp(reports, asked);
      long before = size(brokerLog);
      for (int turn = 0; turn < TURNS; turn++) {
        bare.turn(Duration.ofMillis(asked * 1_000L / TURNS));
        block(reports, (int) Math.max(LEAST_BLOCK * underWay, rate * asked / TURNS), true);
      }
      brokerBytes = size(brokerLog) - before;
    }
  }

  /** Until the JVM has compiled what matters; films per second, as far as that tells. */
  private double warmUp(Reports reports, int asked) throws IOException, InterruptedException {
    long end =
        System.nanoTime() + Duration.ofMillis(Math.max(WARM_UP_MILLIS, asked * 500L)).toNanos();
    int count = WARM_UP_FILMS;
    double rate = 0;
    do {
      long start = System.nanoTime();
      block(reports, count, false);
      rate = count * 1e9 / (System.nanoTime() - start);
      count = (int) Math.max(WARM_UP_FILMS, WARM_UP_BLOCK_SECONDS * rate);
    } while (System.nanoTime() < end);
    return rate;
  }

  private void block(Reports reports, int count, boolean measured)
      throws IOException, InterruptedException {
    int before = reports.count();
    long patience = System.nanoTime() + PATIENCE.toNanos() + count * 1_000_000_000L;
    feed.publish(count);
    int edge = Math.min(underWay, count / 3);
    int first = reports.await(before + edge, patience);
    CpuTime cpu = CpuTime.now();
    long start = System.nanoTime();
    int last = reports.await(before + count - edge, patience);
    if (measured) {
      seconds += (System.nanoTime() - start) / 1e9;
      films += last - first;
      CpuTime.now().since(cpu).forEach((part, ms) -> cpuMs.merge(part, ms, Double::sum));
      published += count;
    }
    if (reports.await(before + count, patience) < before + count) {
      throw new IOException(
          "of " + count + " studies " + (reports.count() - before) + " were reported in time");
    }
  }

  BenchResult.Pipeline result() {
    Map<String, Double> parts = new LinkedHashMap<>();
    cpuMs.forEach(
        (part, ms) -> parts.put(part.name().toLowerCase(Locale.ROOT), Rounded.of(ms / films)));
    return new BenchResult.Pipeline(
        Rounded.of(films / seconds),
        Rounded.of(parts.values().stream().mapToDouble(ms -> ms).sum()),
        parts,
        Rounded.of(brokerBytes / 1e6 / published));
  }

  /** What the files of a folder take on the disk: logs of Kafka are not written to their end. */
  private static long size(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.toString().endsWith(".log"))
          .mapToLong(PipelineRun::length)
          .sum();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static long length(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
