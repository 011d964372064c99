package org.magsd.inference.service;

import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.inference.console.Health;
import org.magsd.inference.console.Metrics;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.ModelWatcher;
import org.magsd.inference.stream.FilmScreener;
import org.magsd.inference.stream.ScreeningTopology;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.kafka.BlobStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The model, the topology around it, and the threads that run both. */
final class InferencePart implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InferencePart.class);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);
  private static final Duration SETTLE = Duration.ofSeconds(1);

  /** A thread begins, takes the records over and fails within it, beside what films may take. */
  private static final Duration SOON = Duration.ofMinutes(1);

  private final Closers closers;
  private final FilmClassifier model;
  private final KafkaStreams streams;
  private final ThreadEnds ends;
  private final FilmScreener screener;

  private InferencePart(
      Closers opened,
      FilmClassifier model,
      FilmScreener screener,
      KafkaStreams streams,
      ThreadEnds ends) {
    this.closers = opened;
    this.model = model;
    this.screener = screener;
    this.streams = streams;
    this.ends = ends;
  }

  /**
   * Opens and warms up the model, then starts the topology.
   *
   * @throws IOException when the model or its device is refused, or the state folder is of no use
   */
  static InferencePart start(ServiceConfig config, BlobStore blobs, Metrics metrics)
      throws IOException {
    InferenceSettings settings = config.inference();
    Closers opened = new Closers();
    try {
      FilmClassifier model =
          opened.add(
              FilmClassifier.open(
                  settings.model(), settings.session(), settings.batches(), metrics::batch));
      Optional<FilmClassifier> shadow = Optional.empty();
      if (settings.shadowModel().isPresent()) {
        shadow = Optional.of(opened.add(underTrial(settings, settings.shadowModel().get())));
      }
      if (settings.watchSeconds() > 0) {
        Duration every = Duration.ofSeconds(settings.watchSeconds());
        opened.add(new ModelWatcher(model, settings.model(), every));
        if (shadow.isPresent()) {
          opened.add(new ModelWatcher(shadow.get(), settings.shadowModel().get(), every));
        }
      }
      FilmScreener screener =
          opened.add(
              new FilmScreener(
                  DicomProvider.builtIn(),
                  blobs,
                  config.screeningRules(),
                  model,
                  shadow,
                  settings.decoderThreads(),
                  metrics));
      metrics.films(model::waiting, screener::underWay, screener::bytesUnderWay);
      metrics.classes(model.card().labels());
      metrics.model(() -> model.outOfService().isEmpty() ? 1 : 0);
      ThreadEnds ends =
          new ThreadEnds(
              settings.streamThreads(), settings.patience().plus(SOON), System::nanoTime);
      KafkaStreams streams = streams(config, blobs, screener, metrics, ends);
      opened.add(() -> streams.close(CLOSE_PATIENCE));
      KafkaStreamsMetrics meters = opened.add(new KafkaStreamsMetrics(streams));
      metrics.bind(meters);
      streams.start();
      return new InferencePart(opened, model, screener, streams, ends);
    } catch (Throwable e) { // an Error too, as where a native library is missing
      opened.close();
      throw e;
    }
  }

  /** Opens the model under trial, which takes no more of the processors than one core. */
  static FilmClassifier underTrial(InferenceSettings settings, Path bundle) throws IOException {
    return FilmClassifier.open(bundle, settings.session().onOneCore(), settings.batches());
  }

  private static KafkaStreams streams(
      ServiceConfig config,
      BlobStore blobs,
      FilmScreener screener,
      Metrics metrics,
      ThreadEnds ends)
      throws IOException {
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            config.assembly().rules(config.report().options().patientIdSystem()),
            new ReportMapper(config.report().options())::toBundleJson,
            config.kafka().maxRecordBytes(),
            config.inference().filmsUnderWay(),
            config.inference().lookAhead(),
            config.inference().recordBytesUnderWay(),
            config.inference().patience(),
            metrics);
    KafkaStreams streams =
        streams(
            topology.topology(),
            StreamsSettings.of(config, metrics, blobs),
            config.inference().stateFolder());
    streams.setUncaughtExceptionHandler(
        failure -> {
          LOG.error("a stream thread ended, another takes its place: {}", why(failure));
          ends.note(cause(failure).getClass().getSimpleName());
          pause();
          return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
    return streams;
  }

  /** What Kafka Streams refuses with an exception of its own lies with the state folder. */
  private static KafkaStreams streams(Topology topology, Properties settings, Path folder)
      throws IOException {
    try {
      return new KafkaStreams(topology, settings);
    } catch (StreamsException e) {
      boolean taken = String.valueOf(e.getMessage()).contains("multiple instances");
      throw new IOException(
          "inference.state-folder: "
              + folder
              + (taken
                  ? " is in use by another magsd process: give each a folder of its own"
                  : " cannot be used: " + cause(e).getMessage()),
          e);
    }
  }

  private static String why(Throwable failure) {
    return failure.getMessage() + " (" + cause(failure) + ")";
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** A moment, lest a failure that stays makes thread after thread. */
  private static void pause() {
    try {
      Thread.sleep(SETTLE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Health.State modelState() {
    return stateOf(model);
  }

  /** The model's line in {@code /health/ready}. */
  static Health.State stateOf(FilmClassifier model) {
    return model
        .outOfService()
        .map(why -> new Health.State(false, "out of service: " + why))
        .orElseGet(() -> new Health.State(true, model.card().id() + " on " + model.device()));
  }

  Health.State streamsState() {
    KafkaStreams.State state = streams.state();
    Optional<String> trouble = ends.trouble().or(screener::trouble);
    if (trouble.isPresent()) {
      return new Health.State(false, trouble.get());
    }
    return new Health.State(
        state == KafkaStreams.State.RUNNING, state.name().toLowerCase(Locale.ROOT));
  }

  @Override
  public void close() {
    closers.close();
  }
}
