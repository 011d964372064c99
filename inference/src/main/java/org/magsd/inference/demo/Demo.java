package org.magsd.inference.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.magsd.fhir.sandbox.SandboxServer;
import org.magsd.inference.FolderTree;
import org.magsd.inference.service.AssemblySettings;
import org.magsd.inference.service.DeliverySettings;
import org.magsd.inference.service.HttpSettings;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.DimseProvider;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything in one process: embedded broker, C-STORE port, model, topology, delivery and a sandbox
 * FHIR endpoint. Sends the bundled studies through its own port and shows what comes out.
 */
public final class Demo {
  private static final Logger LOG = LoggerFactory.getLogger(Demo.class);
  private static final Duration START_PATIENCE = Duration.ofSeconds(90);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(45);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final double QUIET_SECONDS = 2;

  private final CountDownLatch ending = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final DemoOptions options;
  private final PrintWriter people;

  public Demo(DemoOptions options, PrintWriter people) {
    this.options = options;
    this.people = people;
  }

  /**
   * Runs the demo; with {@link DemoOptions#once()} until every sample is done, else until the
   * process is told to end.
   *
   * @return whether every sample study got its delivered report and every damaged file was rejected
   */
  public boolean run() throws IOException, InterruptedException {
    List<Sample> samples = Sample.in(options.samples());
    Path heatMaps =
        options.out().isPresent()
            ? options.out().get().resolve("heatmaps")
            : Files.createTempDirectory("magsd-heatmaps-");
    ReportFiles files = new ReportFiles(options.out(), heatMaps);
    Path scratch = Files.createTempDirectory("magsd-demo-");
    Runtime.getRuntime().addShutdownHook(new Thread(this::end, "magsd-end"));
    try (SandboxServer sandbox = SandboxServer.start("127.0.0.1", options.sandboxPort());
        MagsdService service = start(scratch, sandbox)) {
      return run(samples, files, sandbox, service);
    } finally {
      delete(scratch);
      ended.countDown();
    }
  }

  private MagsdService start(Path scratch, SandboxServer sandbox) throws IOException {
    ServiceConfig defaults = ServiceConfig.defaults();
    return MagsdService.start(
        defaults
            .with(defaults.kafka().below(scratch))
            .with(defaults.ingest().at(DimseConfig.onLoopback(options.dimsePort())))
            .with(defaults.inference().with(options.model(), scratch.resolve("state")))
            .with(AssemblySettings.quietFor(QUIET_SECONDS))
            .with(DeliverySettings.to(sandbox.baseUrl()))
            .with(new HttpSettings(null, options.httpPort())),
        Part.all());
  }

  private boolean run(
      List<Sample> samples, ReportFiles files, SandboxServer sandbox, MagsdService service)
      throws IOException, InterruptedException {
    try (Outcomes outcomes =
        new Outcomes(service.config().kafka().client(), report -> keep(files, report))) {
      if (!service.awaitReady(START_PATIENCE)) {
        throw new IOException("not ready after " + START_PATIENCE + ": " + service.health());
      }
      send(samples, service);
      List<String> missing = await(samples, outcomes, sandbox);
      new DemoTable(people, outcomes).print(samples);
      places(files, sandbox, service);
      missing.forEach(what -> people.println("MISSING: " + what));
      people.flush();
      if (!options.once()) {
        stay(service);
      }
      return missing.isEmpty();
    }
  }

  private static void keep(ReportFiles files, Outcomes.Report report) {
    try {
      files.keep(report);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the report of " + report.studyInstanceUid() + " cannot be kept: " + e.getMessage(), e);
    }
  }

  private void send(List<Sample> samples, MagsdService service) throws InterruptedException {
    ScuConfig peer = ScuConfig.to("MAGSD@127.0.0.1:" + service.dimsePort().orElseThrow());
    List<Path> paths =
        samples.stream().map(sample -> options.samples().resolve(sample.file())).toList();
    people.printf("sending %d files in %s%n", paths.size(), options.samples());
    people.flush();
    List<SendOutcome> sent = DimseProvider.builtIn().send(peer, paths, 1, outcome -> {});
    for (SendOutcome outcome : sent) {
      if (!(outcome instanceof SendOutcome.Stored)) {
        people.println("NOT STORED: " + outcome);
      }
    }
  }

  /** What is still missing when all is there or the patience is at its end. */
  private List<String> await(List<Sample> samples, Outcomes outcomes, SandboxServer sandbox)
      throws InterruptedException {
    long deadline = System.nanoTime() + options.patience().toNanos();
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    List<String> missing;
    do {
      if (ending.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        return List.of("the reports: told to end before they were there");
      }
      missing = new ArrayList<>();
      for (Sample sample : samples) {
        missing(sample, outcomes, sandbox, client).ifPresent(missing::add);
      }
    } while (!missing.isEmpty() && System.nanoTime() < deadline);
    return missing;
  }

  private static Optional<String> missing(
      Sample sample, Outcomes outcomes, SandboxServer sandbox, HttpClient client)
      throws InterruptedException {
    String study = sample.studyInstanceUid();
    if (sample.toBeRejected()) {
      return outcomes.rejection(study).isPresent()
          ? Optional.empty()
          : Optional.of(sample.file() + " is not on dicom.rejected");
    }
    Optional<Outcomes.Report> report = outcomes.report(study);
    if (report.isEmpty()) {
      return Optional.of("no report of study " + study);
    }
    return delivered(sandbox.baseUrl() + "/DiagnosticReport/" + report.get().id(), client)
        ? Optional.empty()
        : Optional.of("report " + report.get().id() + " is not at " + sandbox.baseUrl());
  }

  private static boolean delivered(String url, HttpClient client) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private void places(ReportFiles files, SandboxServer sandbox, MagsdService service) {
    people.printf("%nheat maps  %s%n", files.heatMaps().toAbsolutePath());
    options.out().ifPresent(out -> people.printf("reports    %s%n", out.toAbsolutePath()));
    people.printf("FHIR       %s%n", sandbox.baseUrl());
    people.printf("console    http://127.0.0.1:%d/%n", service.httpPort());
    people.printf("C-STORE    MAGSD@127.0.0.1:%d%n%n", service.dimsePort().orElseThrow());
    people.flush();
  }

  private void stay(MagsdService service) throws InterruptedException {
    people.printf(
        "Up. Send more, as with: ./magsd send FILE --to MAGSD@127.0.0.1:%d. Ctrl-C ends.%n",
        service.dimsePort().orElseThrow());
    people.flush();
    ending.await();
  }

  /**
   * Called when the process is told to end, at whatever stage: lets the service close. Without
   * that, native threads would outlive what they use and crash the process.
   */
  private void end() {
    ending.countDown();
    try {
      if (!ended.await(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("not all closed after {}", CLOSE_PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void delete(Path folder) {
    try {
      FolderTree.delete(folder);
    } catch (IOException e) {
      LOG.warn("{} stays: {}", folder, e.toString());
    }
  }
}
