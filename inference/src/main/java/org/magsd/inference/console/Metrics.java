package org.magsd.inference.console;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.magsd.fhir.deliver.DeliveryListener;
import org.magsd.inference.stream.Screened;
import org.magsd.inference.stream.Screening;
import org.magsd.inference.stream.ScreeningListener;
import org.magsd.inference.stream.Topics;
import org.magsd.ingest.receive.ReceiveListener;

/**
 * What the service counts and times, for Prometheus. Labels are small fixed vocabularies; no UID,
 * no patient data. Counts are of work done: after a crash a record may be counted twice, though it
 * has one effect.
 */
public final class Metrics
    implements ReceiveListener, ScreeningListener, DeliveryListener, AutoCloseable {
  /** Beyond the longest quiet period, an hour: an alert's threshold must lie above that. */
  private static final Duration[] LATENCIES = {
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofMinutes(1),
    Duration.ofMinutes(5),
    Duration.ofMinutes(20),
    Duration.ofHours(2)
  };

  private static final Set<String> UNDERSCORED =
      Topics.definitions(1, (short) 1, 1 << 20).stream()
          .map(topic -> topic.name().replace('.', '_'))
          .collect(Collectors.toUnmodifiableSet());

  private static final Pattern PARTICULARS = Pattern.compile("( \\(|: ).*");

  private final PrometheusMeterRegistry registry = registry();
  private final AtomicInteger associations = new AtomicInteger();
  private final Map<Integer, Integer> backlog = new ConcurrentHashMap<>();
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final Counter reported = counter("magsd.reported", "Reports written to their topic");
  private final Counter reportFailures =
      counter("magsd.report.failures", "Attempts to make a report that failed");
  private final Counter bareReports =
      counter("magsd.reports.without.heat.maps", "Reports too large with their heat maps");
  private final Counter delivered = counter("magsd.delivered", "Reports the FHIR server has taken");
  private final Counter superseded =
      counter("magsd.superseded", "Reports older than what the FHIR server has");
  private final Counter failed = counter("magsd.failed", "Instances that went to dicom.rejected");
  private final Timer screening =
      timer("magsd.screening", "From an instance's reception to its outcome");
  private final Timer report =
      timer(
          "magsd.report",
          "From a study's last image to the making of its report: with the quiet period, without"
              + " the commit that publishes it");
  private final Timer delivery =
      timer("magsd.delivery", "From a report to the FHIR server's answer");
  private final DistributionSummary batches =
      DistributionSummary.builder("magsd.batch.films")
          .description("Films in a batch")
          .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64)
          .register(registry);

  public Metrics() {
    bind(new JvmMemoryMetrics());
    bind(new JvmThreadMetrics());
    bind(new ClassLoaderMetrics());
    bind(new ProcessorMetrics());
    bind(new UptimeMetrics());
    bind(collections);
    gauge("magsd.associations", "Open DICOM associations", associations::get);
    gauge(
        "magsd.films.backlog",
        "Films read once that wait for their turn, to be added to the consumer's lag",
        () -> backlog.values().stream().mapToInt(films -> films).sum());
    for (String outcome : new String[] {"assessed", "skipped", "failed"}) {
      screened(outcome);
    }
    // Rates of what has not happened yet are 0, not nothing: alerts on the first one would be late.
    for (String channel : List.of("dimse", "stow", "folder")) {
      received(channel);
      receivedBytes(channel);
    }
    for (String reason : DeliveryListener.REASONS) {
      retries(reason);
      undelivered(reason);
    }
  }

  private static PrometheusMeterRegistry registry() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.config().meterFilter(MeterFilter.deny(Metrics::isDouble));
    return registry;
  }

  /** Kafka 4 tells of each topic twice, once with its dots as underscores, until they are gone. */
  private static boolean isDouble(Meter.Id id) {
    String topic = id.getTag("topic");
    return topic != null && id.getName().startsWith("kafka.") && UNDERSCORED.contains(topic);
  }

  /** Adds the meters of another part. */
  public void bind(MeterBinder binder) {
    binder.bindTo(registry);
  }

  /** The text Prometheus reads. */
  public String scrape() {
    return registry.scrape();
  }

  /**
   * Shows how many films are in work, and what they hold.
   *
   * @param waiting for the network
   * @param underWay in all
   * @param bytes of files from the blob folder and of decoded films
   */
  public void films(Supplier<Number> waiting, Supplier<Number> underWay, Supplier<Number> bytes) {
    gauge("magsd.films.waiting", "Films waiting for the network", waiting);
    gauge("magsd.films.under.way", "Films being read, decoded, assessed or drawn", underWay);
    gauge("magsd.films.bytes", "Bytes of such films beside their records", bytes);
  }

  /**
   * Shows whether the model answers.
   *
   * @param inService 1 if it does, 0 if films wait for it
   */
  public void model(Supplier<Number> inService) {
    gauge("magsd.model.in.service", "1 if the model answers, 0 if films wait for it", inService);
  }

  /** Shows of each part whether it can do its work, as {@code /health/ready} says. */
  public void parts(Health health) {
    for (String part : health.parts()) {
      Gauge.builder("magsd.part.ready", () -> health.ready(part) ? 1 : 0)
          .description("1 if the part can do its work")
          .tag("part", part)
          .register(registry);
    }
  }

  private void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }

  /** Shows the classes of the model before any film is assessed as one. */
  public void classes(List<String> labels) {
    labels.forEach(this::assessed);
  }

  /** Hears the size of each batch. */
  public void batch(int films) {
    batches.record(films);
  }

  @Override
  public void stored(String channel, long bytes, long ackNanos) {
    received(channel).increment();
    receivedBytes(channel).increment((double) bytes);
    Timer.builder("magsd.acknowledgement")
        .description("From an instance's last byte to the broker's acknowledgement")
        .tag("channel", channel)
        .serviceLevelObjectives(LATENCIES)
        .register(registry)
        .record(Duration.ofNanos(ackNanos));
  }

  private Counter received(String channel) {
    return counter("magsd.received", "Instances received and acknowledged", "channel", channel);
  }

  private Counter receivedBytes(String channel) {
    return counter(
        "magsd.received.bytes", "Bytes of instances received and acknowledged", "channel", channel);
  }

  @Override
  public void refused(String channel, String reason) {
    counter(
            "magsd.refused",
            "Instances, requests and associations that were refused",
            "channel",
            channel,
            "reason",
            reason)
        .increment();
  }

  @Override
  public void associations(int open) {
    associations.set(open);
  }

  @Override
  public void screened(Screened screened) {
    Screening outcome = screened.screening();
    screened(outcome.outcome()).increment();
    if (outcome instanceof Screening.Assessed assessed) {
      assessed(assessed.label()).increment();
      screened.shadow().ifPresent(second -> shadowed(assessed, second));
    } else if (outcome instanceof Screening.Skipped skipped) {
      counter("magsd.skipped", "Skipped instances", "reason", category(skipped.reason()))
          .increment();
    } else {
      failed.increment();
    }
    screening.record(since(screened.arrival().receivedAt()));
  }

  @Override
  public void waiting(int partition, int films) {
    backlog.put(partition, films);
  }

  @Override
  public void rejected() {
    failed.increment();
  }

  private Counter screened(String outcome) {
    return counter("magsd.screened", "Instances by what became of them", "outcome", outcome);
  }

  private Counter assessed(String label) {
    return counter("magsd.assessed", "Assessed instances by their class", "label", label);
  }

  private void shadowed(Screening.Assessed first, Screening.Assessed second) {
    String agrees = Boolean.toString(first.label().equals(second.label()));
    counter("magsd.shadow", "Films that both models assessed", "agrees", agrees).increment();
  }

  @Override
  public void shadowMissing(String why) {
    counter("magsd.shadow.missing", "Films the model under trial said nothing of", "reason", why)
        .increment();
  }

  /** The phrase without its particulars: one of few. */
  private static String category(String reason) {
    return PARTICULARS.matcher(reason).replaceFirst("");
  }

  @Override
  public void reported(String study, int revision, Duration sinceLastImage) {
    reported.increment();
    report.record(sinceLastImage);
  }

  @Override
  public void heatMapsLeftOut(String study) {
    bareReports.increment();
  }

  @Override
  public void reportFailed(String study) {
    reportFailures.increment();
  }

  @Override
  public void delivered(String studyInstanceUid, int attempts, Duration latency) {
    delivered.increment();
    delivery.record(latency);
  }

  @Override
  public void superseded(String studyInstanceUid) {
    superseded.increment();
  }

  @Override
  public void retried(String studyInstanceUid, String reason) {
    retries(reason).increment();
  }

  private Counter retries(String reason) {
    return counter(
        "magsd.delivery.retries", "Failed attempts that are made again", "reason", reason);
  }

  @Override
  public void undelivered(String studyInstanceUid, String reason) {
    undelivered(reason).increment();
  }

  private Counter undelivered(String reason) {
    return counter("magsd.undelivered", "Reports given up", "reason", reason);
  }

  private Counter counter(String name, String description, String... labels) {
    return Counter.builder(name).description(description).tags(labels).register(registry);
  }

  private Timer timer(String name, String description) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(LATENCIES)
        .register(registry);
  }

  private static Duration since(Instant then) {
    Duration elapsed = Duration.between(then, Instant.now());
    return elapsed.isNegative() ? Duration.ZERO : elapsed;
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
