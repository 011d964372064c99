package org.magsd.inference.service;

import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.magsd.fhir.deliver.ReportDelivery;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.ConsoleServer;
import org.magsd.inference.console.Health;
import org.magsd.inference.console.Metrics;
import org.magsd.inference.console.RecentStudies;
import org.magsd.inference.console.StudyNotes;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.stream.Topics;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.ingest.kafka.IndexRetention;
import org.magsd.ingest.kafka.KafkaInstanceIndex;
import org.magsd.ingest.kafka.KafkaInstanceSink;
import org.magsd.ingest.kafka.KafkaSinkConfig;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.receive.DimseReceiver;
import org.magsd.ingest.receive.FolderReceiver;
import org.magsd.ingest.receive.PendingSink;
import org.magsd.ingest.receive.StowReceiver;
import org.magsd.ingest.receive.StowServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole service, or some of its parts, in this process. Starting it opens, in order: the HTTP
 * port, the broker (where none is configured), the topics, the model and its topology, delivery,
 * and the receivers. Closing goes the other way round: nothing new is taken in, what has been begun
 * is received to its end, and films not yet screened are left for the next start.
 */
public final class MagsdService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MagsdService.class);

  /** Less than what a process that is told to end is given by whoever tells it. */
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(40);

  /** Brokers that are there answer sooner. */
  private static final long NOTICE_SECONDS = 5;

  private final Closers closers;
  private final ServiceConfig config;
  private final Health health;
  private final ConsoleServer console;
  private final Optional<DimseReceiver> dimse;

  private MagsdService(
      Closers closers,
      ServiceConfig config,
      Health health,
      ConsoleServer console,
      Optional<DimseReceiver> dimse) {
    this.closers = closers;
    this.config = config;
    this.health = health;
    this.console = console;
    this.dimse = dimse;
  }

  /**
   * Starts; returns when every part has been started, which is before {@link #ready()}.
   *
   * @throws org.magsd.inference.UserError when a file that the configuration names is of no use;
   *     nothing has been started then
   * @throws IOException when a port, the broker, a client of it or the model cannot be had, or this
   *     thread is interrupted while waiting for the broker; nothing stays open
   */
  public static MagsdService start(ServiceConfig configured, Set<Part> parts) throws IOException {
    Prepared prepared = Prepared.of(configured, parts);
    for (String key : configured.kafka().unknownProperties()) {
      LOG.warn("kafka.properties.{}: no Kafka client has such a setting, a plug-in may", key);
    }
    Closers closers = new Closers();
    try {
      return new Starting(closers, configured, prepared, EnumSet.copyOf(parts)).start();
    } catch (KafkaException e) {
      closers.closeWithin(CLOSE_PATIENCE);
      String where = KafkaSettings.isOfSettings(e) ? "kafka.properties: " : "Kafka: ";
      throw new IOException(where + KafkaSettings.reason(e), e);
    } catch (Throwable e) { // an Error too: what has been started would keep the process for ever
      closers.closeWithin(CLOSE_PATIENCE);
      throw e;
    }
  }

  /** The steps of starting, with what they share. */
  private static final class Starting {
    private final Closers closers;
    private final Prepared prepared;
    private final Set<Part> parts;
    private final Health health = new Health();
    private final RecentStudies studies = new RecentStudies();
    private final List<Consumer<RoutesConfig>> routes = new ArrayList<>();
    private final PendingSink arrivals = new PendingSink();
    private final Metrics metrics;
    private final ByteBudget received;
    private final StowReceiver stow;
    private ServiceConfig config;

    Starting(Closers closers, ServiceConfig config, Prepared prepared, Set<Part> parts) {
      this.closers = closers;
      this.config = config;
      this.prepared = prepared;
      this.parts = parts;
      this.metrics = closers.add(new Metrics());
      this.received = new ByteBudget(config.ingest().maxInFlightBytes());
      this.stow = new StowReceiver(config.ingest().stow(), received, arrivals, metrics);
    }

    MagsdService start() throws IOException {
      expectParts();
      if (parts.contains(Part.INGEST)) {
        if (config.ingest().stow().https().isPresent()) {
          closers.add(StowServer.start(config.ingest().stow().https().get(), stow));
        } else {
          routes.add(stow::register);
        }
      }
      ConsoleServer console =
          closers.add(
              ConsoleServer.start(
                  config.http().bind(), config.http().port(), health, metrics, studies, routes));
      LOG.info("console on http://{}:{}/", config.http().bind(), console.port());
      broker();
      closers.add(
          TopicWatch.start(
              config.kafka().client(),
              StudyNotes.TOPICS,
              StudyNotes::lookBack,
              new StudyNotes(studies)::note));
      if (parts.contains(Part.INFERENCE)) {
        inference();
      }
      if (parts.contains(Part.FHIR)) {
        delivery();
      }
      Optional<DimseReceiver> dimse = Optional.empty();
      if (parts.contains(Part.INGEST)) {
        dimse = Optional.of(receivers());
      }
      return new MagsdService(closers, config, health, console, dimse);
    }

    private void expectParts() {
      health.expect("kafka");
      if (parts.contains(Part.INFERENCE)) {
        health.expect("model");
        health.expect("topology");
      }
      if (parts.contains(Part.FHIR)) {
        health.expect("delivery");
      }
      if (parts.contains(Part.INGEST)) {
        health.expect("dimse");
        if (config.ingest().folder().isPresent()) {
          health.expect("folder");
        }
      }
      metrics.parts(health);
    }

    private void broker() throws IOException {
      KafkaSettings kafka = config.kafka();
      if (kafka.embedded()) {
        EmbeddedBroker broker =
            closers.add(
                EmbeddedBroker.start(
                    new EmbeddedBroker.Settings(
                        Optional.of(kafka.embeddedFolder()),
                        kafka.embeddedPort(),
                        kafka.maxRecordBytes())));
        config = config.with(kafka.at(broker.bootstrapServers()));
      }
      topics();
      BrokerHealth watch = closers.add(new BrokerHealth(config.kafka().client()));
      health.watch("kafka", watch::state);
    }

    private void topics() throws IOException {
      KafkaSettings kafka = config.kafka();
      CompletableFuture<Void> notice =
          CompletableFuture.runAsync(
              () -> LOG.info("waiting for Kafka at {}", kafka.bootstrapServers()),
              CompletableFuture.delayedExecutor(NOTICE_SECONDS, TimeUnit.SECONDS));
      try {
        // Calls that nobody waits for any more would hold it open for as long as they may take.
        Admin admin = Admin.create(kafka.client());
        try {
          EmbeddedBroker.createMissing(
              admin,
              Topics.definitions(
                  kafka.partitions(), kafka.replication().shortValue(), kafka.inlineLimitBytes()));
          makeRoom(admin, kafka.maxRecordBytes());
          keepWhatWaits(admin, kafka.maxRecordBytes());
          boundIndex(admin);
        } finally {
          admin.close(Duration.ZERO);
        }
      } catch (IllegalStateException e) {
        throw new IOException("Kafka at " + kafka.bootstrapServers() + ": " + e.getMessage(), e);
      } catch (KafkaException e) {
        throw new IOException(
            "Kafka at " + kafka.bootstrapServers() + ": " + KafkaSettings.reason(e), e);
      } finally {
        notice.cancel(false);
      }
    }

    /** Films that find none go to the blob folder. */
    private static void makeRoom(Admin admin, int maxRecordBytes) {
      try {
        Topics.makeRoom(admin, StreamsSettings.APPLICATION, maxRecordBytes);
      } catch (IllegalStateException e) {
        LOG.warn(
            "topics may have less room than kafka.inline-limit-bytes asks for: {}", e.getMessage());
      }
    }

    /** On brokers that do not let us, it is theirs to decide. */
    private static void keepWhatWaits(Admin admin, int maxRecordBytes) {
      try {
        Topics.keepWhatWaits(admin, maxRecordBytes);
      } catch (IllegalStateException e) {
        LOG.warn(
            "what waits for a replay may be lost when its retention ends, or find no room: {}",
            e.getMessage());
      }
    }

    private static void boundIndex(Admin admin) {
      try {
        IndexRetention.follow(admin);
      } catch (IllegalStateException e) {
        LOG.warn("notes of instances may stay too long, or too short a time: {}", e.getMessage());
      }
    }

    private void inference() throws IOException {
      InferencePart inference = closers.add(InferencePart.start(config, prepared.blobs(), metrics));
      health.watch("model", inference::modelState);
      health.watch("topology", inference::streamsState);
    }

    private void delivery() {
      if (prepared.delivery().isEmpty()) {
        LOG.info("no fhir.server is configured: reports stay on {}", Topics.REPORTS.name());
        health.watch("delivery", () -> new Health.State(true, "no server configured"));
        return;
      }
      BlobStore blobs = prepared.blobs();
      ReportDelivery delivery =
          closers.add(
              ReportDelivery.start(
                  config.kafka().client(),
                  prepared.delivery().get(),
                  report -> blobs.write(report).toJson(),
                  metrics));
      health.watch(
          "delivery", () -> new Health.State(delivery.running(), "to " + config.fhir().server()));
    }

    private DimseReceiver receivers() throws IOException {
      KafkaSinkConfig sinkConfig = config.kafka().sink();
      KafkaInstanceSink sink = closers.add(new KafkaInstanceSink(sinkConfig, prepared.blobs()));
      arrivals.open(sink);
      closers.add(stow); // its port stays open to the end, but requests end before the sink
      if (config.ingest().folder().isPresent()) {
        FolderReceiver folder =
            closers.add(
                FolderReceiver.start(config.ingest().folder().get(), received, sink, metrics));
        health.watch("folder", () -> state(folder));
      }
      KafkaInstanceIndex index = new KafkaInstanceIndex(sinkConfig, prepared.blobs());
      DimseReceiver dimse =
          closers.add(DimseReceiver.start(config.ingest().dimse(), received, sink, index, metrics));
      LOG.info(
          "C-STORE as {} on {}:{}",
          config.ingest().dimse().aeTitle(),
          config.ingest().dimse().bind(),
          dimse.port());
      health.watch("dimse", () -> reception(dimse, sink));
      return dimse;
    }

    private static Health.State reception(DimseReceiver dimse, KafkaInstanceSink sink) {
      return sink.answers()
          ? new Health.State(dimse.listening(), "port " + dimse.port())
          : new Health.State(false, "what is received has no answer, restart the service");
    }
  }

  private static Health.State state(FolderReceiver folder) {
    return folder.watching()
        ? new Health.State(true, "watched")
        : new Health.State(false, "the watched folder cannot be listed");
  }

  /** Every part can do its work. */
  public boolean ready() {
    return health.summary().ready();
  }

  /** How each part is. */
  public Health.Summary health() {
    return health.summary();
  }

  /**
   * Waits until the service is ready.
   *
   * @return whether it is
   */
  public boolean awaitReady(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!ready()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(20);
    }
    return true;
  }

  /** The configuration with the brokers in use. */
  public ServiceConfig config() {
    return config;
  }

  public int httpPort() {
    return console.port();
  }

  /** The C-STORE port, where this process receives. */
  public Optional<Integer> dimsePort() {
    return dimse.map(DimseReceiver::port);
  }

  @Override
  public void close() {
    closers.closeWithin(CLOSE_PATIENCE);
  }
}
