package org.magsd.inference.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.magsd.inference.FolderTree;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.Processor;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.stream.Arrival;
import org.magsd.inference.stream.FilmScreener;
import org.magsd.inference.stream.Screening;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.kafka.BlobStore;

/**
 * Measures on this machine and in one run: the bare runtime and, in turns with it, the whole
 * pipeline, run by the service itself on a real broker in this process; the latency it adds; the
 * C-STORE port.
 */
public final class Bench {
  private static final double QUIET_SECONDS = 0.25;

  /** As many as go one after the other; of 25 seconds on p99 is not the slowest of all. */
  private static final int STUDIES_PER_SECOND = 4;

  private final ServiceConfig settings;
  private final Path samples;
  private final int seconds;
  private final PrintWriter people;
  private final Effort effort;

  /**
   * @param settings of the site: what decides how fast films are screened is measured, the rest is
   *     left alone
   * @param samples folder of DICOM films
   * @param seconds how long runtime and pipeline are measured, each
   * @param people told of the progress, and each result
   */
  public Bench(ServiceConfig settings, Path samples, int seconds, PrintWriter people) {
    this(settings, samples, seconds, people, Effort.MEASURING);
  }

  /** The same with less effort, for those who do not mind what the figures are. */
  Bench(ServiceConfig settings, Path samples, int seconds, PrintWriter people, Effort effort) {
    this.settings = settings;
    this.samples = samples;
    this.seconds = seconds;
    this.people = people;
    this.effort = effort;
  }

  /** Measures some models, one after the other; each takes some multiple of the seconds given. */
  public List<BenchResult> run(List<Path> models) throws IOException, InterruptedException {
    List<BenchResult.Receive> receive =
        onABroker(
            models.get(0),
            (config, log) -> ReceiveRun.run(config, films(config), effort.sentFiles(), log));
    List<BenchResult> results = new ArrayList<>();
    for (Path model : models) {
      BenchResult result = onABroker(model, (config, log) -> one(config, log, receive));
      people.printf("%n%s", BenchTable.of(List.of(result)));
      people.flush();
      results.add(result);
    }
    return results;
  }

  private interface Measurement<T> {
    T on(ServiceConfig config, Path brokerData) throws IOException, InterruptedException;
  }

  /** A broker of its own for each, so that none meets what another has left. */
  private <T> T onABroker(Path model, Measurement<T> measurement)
      throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("magsd-bench-");
    Path data = scratch.resolve("kafka");
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(
            new EmbeddedBroker.Settings(Optional.of(data), 0, settings.kafka().maxRecordBytes()))) {
      return measurement.on(
          BenchConfig.of(settings, model, QUIET_SECONDS, scratch, broker.bootstrapServers()), data);
    } finally {
      FolderTree.delete(scratch);
    }
  }

  private BenchResult one(ServiceConfig config, Path data, List<BenchResult.Receive> receive)
      throws IOException, InterruptedException {
    Films films = films(config);
    ModelBundle bundle = ModelBundle.load(config.inference().model());
    String device = device(config);
    Duration each = Duration.ofMillis(Math.max(200, seconds * 25L));
    double preparation =
        PreparationRun.cpuMs(films, effort.preparations(), bundle.card().preprocessing());
    try (Feed feed = new Feed(films, config.kafka());
        BareRun bare = BareRun.open(bundle, device, config.inference().session(), each, people)) {
      PipelineRun pipeline =
          new PipelineRun(feed, data, config.inference().filmsUnderWay(), effort);
      pipeline.run(config, bare, seconds);
      BenchResult.Latency latency =
          LatencyRun.run(
              config,
              feed,
              QUIET_SECONDS,
              Math.max(effort.leastStudies(), STUDIES_PER_SECOND * seconds));
      BenchResult.Bare bareResult = bare.result();
      return new BenchResult(
          device,
          bundle.card().id(),
          bareResult,
          pipeline.result(),
          Rounded.of(pipeline.result().imagesPerSecond() / bare.rate()),
          new BenchResult.Preparation(
              Rounded.of(preparation), Rounded.of(preparation / inference(device, bareResult))),
          receive,
          latency,
          Rounded.of(bare.aloneMs()),
          peakMemory(),
          Rounded.of(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
    }
  }

  /**
   * Processor time of the runtime for a film, milliseconds of one core: as measured where it works
   * on the processor, else what all cores have in the time that a film takes.
   */
  private static double inference(String device, BenchResult.Bare bare) {
    boolean measured = device.equals(Processor.CPU.toString()) && bare.cpuMs() > 0;
    int cores = Runtime.getRuntime().availableProcessors();
    return measured ? bare.cpuMs() : cores * 1000 / bare.imagesPerSecond();
  }

  private static String device(ServiceConfig config) throws IOException {
    try (FilmClassifier model =
        FilmClassifier.open(
            config.inference().model(),
            config.inference().session(),
            config.inference().batches())) {
      return model.device();
    }
  }

  /** The films that the network gets to see: those that the gate turns away cost nothing. */
  private Films films(ServiceConfig config) throws IOException {
    try (FilmClassifier model =
            FilmClassifier.open(
                config.inference().model(),
                config.inference().session(),
                config.inference().batches());
        FilmScreener screener =
            new FilmScreener(
                DicomProvider.builtIn(),
                new BlobStore(config.kafka().blobFolder()),
                config.screeningRules(),
                model,
                Optional.empty(),
                1)) {
      return Films.in(samples, file -> isAssessed(screener, file));
    }
  }

  private static boolean isAssessed(FilmScreener screener, byte[] file) {
    Arrival arrival =
        new Arrival("", file, "", 0, 0, 0, Instant.EPOCH, Optional.empty(), Optional.empty(), 0);
    try {
      return screener.screen(arrival).toCompletableFuture().get().screening()
          instanceof Screening.Assessed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the model is out of service", e.getCause());
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
}
