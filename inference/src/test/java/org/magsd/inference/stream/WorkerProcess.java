package org.magsd.inference.stream;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.magsd.fhir.report.ImageFinding;
import org.magsd.fhir.report.StudyFindings;
import org.magsd.inference.service.AssemblySettings;
import org.magsd.inference.service.InferenceSettings;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.service.StreamsSettings;

/**
 * The topology in a process of its own, to be killed: production's settings around a screener that
 * takes its time and a mapper that writes one line.
 */
final class WorkerProcess {
  /** Longer than films of one study lie apart, on a busy machine too. */
  static final Duration QUIET = Duration.ofSeconds(4);

  /** A dead worker's transaction ends soon, for the tests' sake. */
  private static final int TRANSACTION_MILLIS = 15_000;

  private static final Duration PATIENCE = Duration.ofSeconds(12);

  private WorkerProcess() {}

  static JavaProcess start(String servers, Path state) throws IOException {
    return start(servers, state, QUIET, 0);
  }

  static JavaProcess start(String servers, Path state, Duration quiet, int standbys)
      throws IOException {
    return JavaProcess.start(
        WorkerProcess.class,
        servers,
        state.toString(),
        quiet.toString(),
        Integer.toString(standbys));
  }

  public static void main(String[] arguments) {
    Duration quiet = Duration.parse(arguments[2]);
    ServiceConfig defaults = ServiceConfig.defaults();
    InferenceSettings inference = defaults.inference().with(Path.of("none"), Path.of(arguments[1]));
    ServiceConfig config =
        defaults
            .with(defaults.kafka().at(arguments[0]))
            .with(inference)
            .with(AssemblySettings.quietFor(quiet.toMillis() / 1000.0));
    ScreeningTopology topology =
        new ScreeningTopology(
            new SlowScreener(),
            AssemblyRules.quietFor(quiet),
            WorkerProcess::line,
            1 << 20,
            4,
            1_000,
            128L << 20,
            PATIENCE,
            ScreeningListener.NONE);
    Properties settings = StreamsSettings.of(config);
    settings.put(
        StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
        TRANSACTION_MILLIS);
    settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, Integer.parseInt(arguments[3]));
    KafkaStreams streams = new KafkaStreams(topology.topology(), settings);
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(15)), "end"));
    streams.setUncaughtExceptionHandler(failure -> StreamThreadExceptionResponse.REPLACE_THREAD);
    streams.start();
  }

  /** The findings without the revision: what a report says, however often it was made. */
  static String line(StudyFindings findings) {
    return findings.study().studyInstanceUid()
        + findings.images().stream()
            .map(WorkerProcess::word)
            .collect(Collectors.joining(" ", " ", ""))
        + " r"
        + findings.revision();
  }

  private static String word(ImageFinding finding) {
    return finding.sopInstanceUid()
        + (finding instanceof ImageFinding.Assessed assessed ? "=" + label(assessed) : "=left out");
  }

  /** The most probable class. */
  static String label(ImageFinding.Assessed assessed) {
    return Collections.max(assessed.probabilities().entrySet(), Map.Entry.comparingByValue())
        .getKey();
  }

  /** Several films under way at a time, each for some milliseconds. */
  private static final class SlowScreener implements Screener {
    private final FakeScreener answers = new FakeScreener();
    private final Executor later = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

    @Override
    public boolean urgent(Arrival arrival) {
      return answers.urgent(arrival);
    }

    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      return CompletableFuture.supplyAsync(
          () -> answers.screen(arrival).toCompletableFuture().join(), later);
    }
  }
}
