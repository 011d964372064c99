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
 * the same machine. In a turn films are published as reports come out, and what is measured lies
 * between two commits while that is so. Its broker runs in this process and takes its share of the
 * same processors.
 */
final class PipelineRun {
  private static final int TURNS = 3;

  /** What counts as more reports than at the look before. */
  private static final double GROWTH = 1.03;

  private static final int WARM_UP_FILMS = 32;

  /** Of the processor time of a service that has run for a while, the JVM takes less. */
  private static final double WARM_JVM_SHARE = 0.03;

  /** Longest warm-up, in times of what is asked for. */
  private static final int WARM_UP_TIMES = 5;

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Feed feed;
  private final Path brokerLog;
  private final int underWay;
  private final Effort effort;
  private final Map<CpuTime.Part, Double> cpuMs = new EnumMap<>(CpuTime.Part.class);
  private int onTheirWay;
  private double films;
  private double seconds;
  private long published;
  private long brokerBytes;

  /**
   * @param feed publishes films to the service's broker
   * @param brokerLog folder of that broker's data
   * @param underWay most films that the service has under way
   */
  PipelineRun(Feed feed, Path brokerLog, int underWay, Effort effort) {
    this.feed = feed;
    this.brokerLog = brokerLog;
    this.underWay = underWay;
    this.effort = effort;
  }

  /** Takes {@value #TURNS} turns each after a warm-up; together as long as asked for. */
  void run(ServiceConfig config, BareRun bare, int asked) throws IOException, InterruptedException {
    try (MagsdService service = Service.ready(config, EnumSet.of(Part.INFERENCE));
        Reports reports = new Reports(service.config().kafka().client())) {
      onTheirWay = toKeepBusy(warmUp(reports, asked));
      saturate(reports);
      Duration each = Duration.ofMillis(asked * 1_000L / TURNS);
      long before = size(brokerLog);
      for (int turn = 0; turn < TURNS; turn++) {
        bare.turn(each);
        flow(reports, each);
      }
      brokerBytes = size(brokerLog) - before;
    }
  }

  /**
   * Until the JVM has compiled what matters, as far as its share of the processor time tells: a
   * service runs for weeks, and its compiler for minutes. Films per second, as far as that tells.
   */
  private double warmUp(Reports reports, int asked) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    long leastWarmUp = effort.leastWarmUp().toNanos();
    long least = begin + Math.max(leastWarmUp, Duration.ofMillis(asked * 500L).toNanos());
    long most =
        begin + Math.max(leastWarmUp, Duration.ofSeconds((long) asked * WARM_UP_TIMES).toNanos());
    int count = WARM_UP_FILMS;
    while (true) {
      CpuTime cpu = CpuTime.now();
      long start = System.nanoTime();
      backlog(reports, count);
      long end = System.nanoTime();
      double share = jvmShare(CpuTime.now().since(cpu));
      double rate = count * 1e9 / (end - start);
      if (end > most || (end > least && share < WARM_JVM_SHARE)) {
        return rate;
      }
      count = (int) Math.max(WARM_UP_FILMS, effort.warmUpBlockSeconds() * rate);
    }
  }

  /** Of all processor time of a while; 0 where the system does not tell. */
  private static double jvmShare(Map<CpuTime.Part, Double> used) {
    double all = used.values().stream().mapToDouble(ms -> ms).sum();
    return all > 0 ? used.getOrDefault(CpuTime.Part.JVM, 0.0) / all : 0;
  }

  private void backlog(Reports reports, int count) throws IOException, InterruptedException {
    int all = reports.count() + count;
    feed.publish(count);
    await(reports, all);
  }

  /** Films that are to be on their way for as many reports a second. */
  private int toKeepBusy(double rate) {
    return 2 * underWay + (int) (effort.onItsWaySeconds() * rate);
  }

  /**
   * Puts more films on their way for as long as that makes more reports: the rate of a backlog,
   * which ends with a quiet period and a commit, is less than the service's.
   */
  private void saturate(Reports reports) throws IOException, InterruptedException {
    int before = reports.count();
    try (Flow flow = new Flow(feed, reports, onTheirWay)) {
      await(reports, before + onTheirWay);
      double best = 0;
      for (double rate = rate(reports); rate > GROWTH * best; rate = rate(reports)) {
        best = rate;
        onTheirWay = Math.max(onTheirWay, toKeepBusy(rate));
        flow.allow(onTheirWay);
        await(reports, reports.count() + onTheirWay);
      }
      flow.end();
      await(reports, before + flow.published());
    }
  }

  private double rate(Reports reports) throws IOException, InterruptedException {
    int first = nextCommit(reports);
    long start = System.nanoTime();
    Thread.sleep(effort.look().toMillis());
    return (nextCommit(reports) - first) * 1e9 / (System.nanoTime() - start);
  }

  private void flow(Reports reports, Duration time) throws IOException, InterruptedException {
    int before = reports.count();
    try (Flow flow = new Flow(feed, reports, onTheirWay)) {
      await(reports, before + onTheirWay);
      int first = nextCommit(reports);
      CpuTime cpu = CpuTime.now();
      long start = System.nanoTime();
      Thread.sleep(time.toMillis());
      int last = nextCommit(reports);
      seconds += (System.nanoTime() - start) / 1e9;
      films += last - first;
      Map<CpuTime.Part, Double> used = CpuTime.now().since(cpu);
      used.remove(CpuTime.Part.BENCH);
      used.forEach((part, ms) -> cpuMs.merge(part, ms, Double::sum));
      flow.end();
      await(reports, before + flow.published());
      published += flow.published();
    }
  }

  /** Reports become readable all at once by a commit: how many when the next ones do. */
  private static int nextCommit(Reports reports) throws IOException, InterruptedException {
    return await(reports, reports.count() + 1);
  }

  private static int await(Reports reports, int wanted) throws IOException, InterruptedException {
    int missing = wanted - reports.count();
    long patience = System.nanoTime() + PATIENCE.toNanos() + missing * 1_000_000_000L;
    int there = reports.await(wanted, patience);
    if (there < wanted) {
      throw new IOException(
          "of " + missing + " studies " + (wanted - there) + " were not reported in time");
    }
    return there;
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
