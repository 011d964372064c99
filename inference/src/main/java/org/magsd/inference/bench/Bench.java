package org.magsd.inference.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.model.BareRuntime;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.service.AssemblySettings;
import org.magsd.inference.service.HttpSettings;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.stream.Topics;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.DimseProvider;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;

/**
 * Measures, one after the other and on the same machine: the bare runtime; the whole pipeline, run
 * by the service itself on a real broker in this process; the latency it adds; the C-STORE port.
 */
public final class Bench {
  private static final int[] BATCHES = {1, 2, 4, 8, 16};
  private static final int[] SENDERS = {1, 4, 16};
  private static final Duration READY = Duration.ofMinutes(2);
  private static final double QUIET_SECONDS = 0.5;
  private static final int LATENCY_STUDIES = 40;
  private static final int SENT_FILES = 400;

  private final ServiceConfig settings;
  private final Path samples;
  private final int seconds;
  private final PrintWriter people;
  private int nextFilm;

  /**
   * @param settings whose inference part is measured
   * @param samples folder of DICOM films
   * @param seconds how long the pipeline is measured
   * @param people told of the progress
   */
  public Bench(ServiceConfig settings, Path samples, int seconds, PrintWriter people) {
    this.settings = settings;
    this.samples = samples;
    this.seconds = seconds;
    this.people = people;
  }

  /** Runs everything; some multiple of the seconds given. */
  public BenchResult run() throws IOException, InterruptedException {
    Films films = Films.in(samples);
    ModelBundle bundle = ModelBundle.load(settings.inference().model());
    String device = device();
    double[] bare = bare(bundle, device);
    int best = best(bare);
    Path scratch = Files.createTempDirectory("magsd-bench-");
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(
            new EmbeddedBroker.Settings(
                java.util.Optional.of(scratch.resolve("kafka")),
                0,
                settings.kafka().maxRecordBytes()))) {
      ServiceConfig config = config(scratch, broker);
      double pipeline = pipeline(films, config, bare[best]);
      BenchResult.Latency latency = latency(films, config);
      List<BenchResult.Receive> receive = receive(films, config, scratch);
      return new BenchResult(
          device,
          bundle.card().id(),
          new BenchResult.Bare(round(bare[best]), BATCHES[best]),
          new BenchResult.Pipeline(round(pipeline)),
          round(pipeline / bare[best]),
          receive,
          latency,
          round(1000 / bare[0]),
          peakMemory());
    } finally {
      delete(scratch);
    }
  }

  private String device() throws IOException {
    try (FilmClassifier model =
        FilmClassifier.open(
            settings.inference().model(),
            settings.inference().session(),
            settings.inference().batches())) {
      return model.device();
    }
  }

  /** Films per second at each of the batch sizes. */
  private double[] bare(ModelBundle bundle, String device) throws IOException {
    double[] rates = new double[BATCHES.length];
    Duration each = Duration.ofMillis(Math.max(1_000, seconds * 1_000L / BATCHES.length));
    try (BareRuntime runtime = BareRuntime.open(bundle, device, settings.inference().session())) {
      for (int i = 0; i < BATCHES.length; i++) {
        rates[i] = runtime.filmsPerSecond(BATCHES[i], each);
        say("bare runtime, batch %d: %.1f films/s", BATCHES[i], rates[i]);
      }
    }
    return rates;
  }

  private static int best(double[] rates) {
    int best = 0;
    for (int i = 1; i < rates.length; i++) {
      best = rates[i] > rates[best] ? i : best;
    }
    return best;
  }

  private ServiceConfig config(Path scratch, EmbeddedBroker broker) {
    return settings
        .with(settings.kafka().below(scratch).at(broker.bootstrapServers()))
        .with(settings.inference().with(settings.inference().model(), scratch.resolve("state")))
        .with(AssemblySettings.quietFor(QUIET_SECONDS))
        .with(settings.ingest().at(DimseConfig.onLoopback(0)))
        .with(new HttpSettings(null, 0));
  }

  /** The middle of a long run: without its beginning, and without the wait for its last studies. */
  private double pipeline(Films films, ServiceConfig config, double bareRate)
      throws IOException, InterruptedException {
    try (MagsdService service = MagsdService.start(config, EnumSet.of(Part.INFERENCE));
        Reports reports = new Reports(service.config().kafka().client())) {
      requireReady(service);
      int warm = (int) Math.ceil(bareRate * 3);
      int measured = (int) Math.ceil(bareRate * seconds);
      publish(films, service.config(), warm + measured);
      long patience = System.nanoTime() + Duration.ofSeconds(60L + 10L * seconds).toNanos();
      reports.await(warm, patience);
      long start = System.nanoTime();
      int before = reports.count();
      int after = reports.await(warm + measured, patience);
      double rate = (after - before) * 1e9 / (System.nanoTime() - start);
      say("pipeline: %.1f films/s (%d of %d studies reported)", rate, after, warm + measured);
      return rate;
    }
  }

  private BenchResult.Latency latency(Films films, ServiceConfig config)
      throws IOException, InterruptedException {
    try (MagsdService service = MagsdService.start(config, EnumSet.of(Part.INFERENCE));
        Reports reports = new Reports(service.config().kafka().client());
        Producer<String, byte[]> producer = producer(service.config())) {
      requireReady(service);
      double[] added = new double[LATENCY_STUDIES];
      for (int i = -3; i < LATENCY_STUDIES; i++) {
        Films.Film film = films.film(nextFilm++);
        long start = System.nanoTime();
        send(producer, film);
        producer.flush();
        long end = reports.await(film.study(), 60);
        if (i >= 0) {
          added[i] = (end - start) / 1e6 - 1000 * QUIET_SECONDS;
        }
      }
      Arrays.sort(added);
      BenchResult.Latency latency =
          new BenchResult.Latency(at(added, 0.5), at(added, 0.95), at(added, 0.99));
      say("added latency: %s", latency);
      return latency;
    }
  }

  private static double at(double[] sorted, double share) {
    return round(sorted[(int) Math.min(sorted.length - 1.0, Math.ceil(share * sorted.length) - 1)]);
  }

  private List<BenchResult.Receive> receive(Films films, ServiceConfig config, Path scratch)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(scratch.resolve("films"));
    List<Path> paths = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < SENT_FILES; i++) {
      byte[] file = films.film(nextFilm++).file();
      bytes += file.length;
      paths.add(Files.write(folder.resolve(i + ".dcm"), file));
    }
    List<BenchResult.Receive> results = new ArrayList<>();
    try (MagsdService service = MagsdService.start(config, EnumSet.of(Part.INGEST))) {
      requireReady(service);
      ScuConfig peer = ScuConfig.to("MAGSD@127.0.0.1:" + service.dimsePort().orElseThrow());
      store(peer, paths.subList(0, paths.size() / 4), 4);
      for (int senders : SENDERS) {
        long start = System.nanoTime();
        store(peer, paths, senders);
        double taken = (System.nanoTime() - start) / 1e9;
        results.add(
            new BenchResult.Receive(
                senders, round(paths.size() / taken), round(bytes / taken / 1e6)));
        say("C-STORE: %s", results.get(results.size() - 1));
      }
    }
    return results;
  }

  private static void store(ScuConfig peer, List<Path> files, int senders)
      throws IOException, InterruptedException {
    for (SendOutcome outcome : DimseProvider.builtIn().send(peer, files, senders, one -> {})) {
      if (!(outcome instanceof SendOutcome.Stored)) {
        throw new IOException("a film was not stored: " + outcome);
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // flush waits; what is lost is missed as a report
  private static void send(Producer<String, byte[]> producer, Films.Film film) {
    producer.send(new ProducerRecord<>(Topics.INSTANCES.name(), film.study(), film.file()));
  }

  private void publish(Films films, ServiceConfig config, int count) {
    try (Producer<String, byte[]> producer = producer(config)) {
      for (int i = 0; i < count; i++) {
        send(producer, films.film(nextFilm++));
      }
      producer.flush();
    }
  }

  private static Producer<String, byte[]> producer(ServiceConfig config) {
    Map<String, Object> client = new HashMap<>(config.kafka().client());
    client.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, config.kafka().maxRecordBytes());
    client.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    return new KafkaProducer<>(
        client, Topics.INSTANCES.keys().serializer(), Topics.INSTANCES.values().serializer());
  }

  private static void requireReady(MagsdService service) throws IOException, InterruptedException {
    if (!service.awaitReady(READY)) {
      throw new IOException("not ready after " + READY + ": " + service.health());
    }
  }

  /** Peak resident set, MiB; 0 where the system does not tell. */
  private static long peakMemory() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    return Files.readAllLines(status, StandardCharsets.UTF_8).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElse(0);
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  private void say(String format, Object... values) {
    people.printf(format + "%n", values);
    people.flush();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
