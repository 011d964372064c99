package org.magsd.inference.service;

import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.magsd.fhir.report.ReportMapper;
import org.magsd.inference.console.Health;
import org.magsd.inference.console.Metrics;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.ModelWatcher;
import org.magsd.inference.stream.DeadLetters;
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

  private final Closers closers;
  private final FilmClassifier model;
  private final KafkaStreams streams;

  private InferencePart(Closers opened, FilmClassifier model, KafkaStreams streams) {
    this.closers = opened;
    this.model = model;
    this.streams = streams;
  }

  /**
   * Opens and warms up the model, then starts the topology.
   *
   * @throws IOException when the model or its device is refused
   */
  static InferencePart start(ServiceConfig config, Metrics metrics) throws IOException {
    InferenceSettings settings = config.inference();
    Closers opened = new Closers();
    try {
      FilmClassifier model =
          opened.add(
              FilmClassifier.open(
                  settings.model(), settings.session(), settings.batches(), metrics::batch));
      Optional<FilmClassifier> shadow = Optional.empty();
      if (settings.shadowModel().isPresent()) {
        Path bundle = settings.shadowModel().get();
        shadow =
            Optional.of(
                opened.add(FilmClassifier.open(bundle, settings.session(), settings.batches())));
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
                  new BlobStore(config.kafka().blobFolder()),
                  config.screeningRules(),
                  model,
                  shadow,
                  settings.decoderThreads(),
                  metrics));
      metrics.films(model::waiting, screener::underWay, screener::bytesUnderWay);
      metrics.model(() -> model.outOfService().isEmpty() ? 1 : 0);
      KafkaStreams streams = streams(config, screener, metrics);
      opened.add(() -> streams.close(CLOSE_PATIENCE));
      KafkaStreamsMetrics meters = opened.add(new KafkaStreamsMetrics(streams));
      metrics.bind(meters);
      streams.start();
      return new InferencePart(opened, model, streams);
    } catch (Throwable e) { // an Error too, as where a native library is missing
      opened.close();
      throw e;
    }
  }

  private static KafkaStreams streams(
      ServiceConfig config, FilmScreener screener, Metrics metrics) {
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            config.assembly().rules(),
            new ReportMapper(config.report().options())::toBundleJson,
            config.kafka().maxRecordBytes(),
            config.inference().filmsUnderWay(),
            config.inference().lookAhead(),
            config.inference().recordBytesUnderWay(),
            config.inference().patience(),
            metrics);
    Properties settings = StreamsSettings.of(config);
    settings.putAll(DeadLetters.settings(metrics));
    KafkaStreams streams = new KafkaStreams(topology.topology(), settings);
    streams.setUncaughtExceptionHandler(
        failure -> {
          LOG.error("a stream thread ended, another takes its place: {}", why(failure));
          pause();
          return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
    return streams;
  }

  private static String why(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return failure.getMessage() + " (" + cause + ")";
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
    return new Health.State(
        state == KafkaStreams.State.RUNNING, state.name().toLowerCase(Locale.ROOT));
  }

  @Override
  public void close() {
    closers.close();
  }
}
