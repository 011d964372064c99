package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.fhir.report.ImageFinding;
import org.magsd.fhir.report.StudyFindings;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;
import org.magsd.inference.model.TinyModels;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.service.StreamsSettings;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.kafka.BlobStore;

/** Models are exchanged while hundreds of studies flow: none is lost, doubled or mixed. */
@Timeout(180)
class ModelSwapIT {
  private static final int STUDIES = 400;
  private static final int SWAPS = 6;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration QUIET = Duration.ofSeconds(2);

  @TempDir Path folder;
  private final List<ScreeningRecord> screenings = new CopyOnWriteArrayList<>();
  private final List<String> reports = new CopyOnWriteArrayList<>();
  private final List<String> rejected = new CopyOnWriteArrayList<>();

  @Test
  void eachStudyIsReportedOnceByOneModelThoughModelsAreExchanged() throws Exception {
    Path first = TinyModels.write(folder.resolve("first"), 10, 0, 0).directory();
    Path second = TinyModels.write(folder.resolve("second"), 0, 10, 0).directory();
    SessionSettings cpu = new SessionSettings(Processor.CPU, true, false, 1, false);
    String firstDigest;
    try (EmbeddedBroker broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
        FilmClassifier model = FilmClassifier.open(first, cpu, BatchSettings.DEFAULT);
        FilmScreener screener = screener(model)) {
      firstDigest = model.card().sha256();
      broker.createTopics(Topics.definitions(4, (short) 1, 1 << 20));
      publish(broker);
      try (TopicWatch watch = watch(broker);
          KafkaStreams streams = streams(broker, screener)) {
        assertThat(watch).isNotNull();
        streams.start();
        for (int swap = 1; swap <= SWAPS; swap++) {
          int screened = STUDIES * swap / (SWAPS + 2);
          await().atMost(PATIENCE).until(() -> screenings.size() >= screened);
          model.swap(swap % 2 == 1 ? second : first);
        }
        await().atMost(PATIENCE).until(() -> reports.size() >= STUDIES);
        // What comes twice comes after the first time.
        await().pollDelay(QUIET.plusSeconds(1)).until(() -> true);
      }
    }

    assertThat(rejected).isEmpty();
    assertThat(screenings).hasSize(STUDIES);
    assertThat(screenings)
        .extracting(record -> record.model().orElseThrow())
        .contains(firstDigest)
        .anyMatch(digest -> !digest.equals(firstDigest));
    assertThat(screenings)
        .allSatisfy(
            record ->
                assertThat(record.label().orElseThrow())
                    .isEqualTo(labelOf(record.model().orElseThrow(), firstDigest)));
    assertThat(reports)
        .containsExactlyInAnyOrderElementsOf(
            screenings.stream()
                .map(record -> line(record.studyInstanceUid(), record.model().orElseThrow()))
                .toList());
  }

  private static String labelOf(String digest, String firstDigest) {
    return digest.equals(firstDigest) ? "covid19" : "pneumonia";
  }

  private static String line(String study, String digest) {
    return study + " r1 by " + digest;
  }

  private static String line(StudyFindings findings) {
    ImageFinding.Assessed only = (ImageFinding.Assessed) findings.images().get(0);
    assertThat(findings.images()).hasSize(1);
    assertThat(only.model()).isEqualTo(findings.model());
    return findings.study().studyInstanceUid()
        + " r"
        + findings.revision()
        + " by "
        + findings.model().sha256();
  }

  private FilmScreener screener(FilmClassifier model) {
    return new FilmScreener(
        DicomProvider.builtIn(),
        new BlobStore(folder),
        new FilmScreener.Rules(GateRules.defaults(), ZoneOffset.UTC, 64, 32),
        model,
        Optional.empty(),
        2);
  }

  private static void publish(EmbeddedBroker broker) {
    try (Producer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            Topics.INSTANCES.keys().serializer(),
            Topics.INSTANCES.values().serializer())) {
      IntStream.range(0, STUDIES)
          .mapToObj(number -> "1.2.3." + number)
          .forEach(
              study -> {
                var unused =
                    producer.send(
                        new ProducerRecord<>(
                            Topics.INSTANCES.name(), study, SyntheticFilms.file(study)));
              });
    }
  }

  private TopicWatch watch(EmbeddedBroker broker) {
    return TopicWatch.start(
        Map.of("bootstrap.servers", broker.bootstrapServers()),
        List.of(Topics.REPORTS.name(), Topics.REJECTED.name(), Topics.SCREENINGS.name()),
        Long.MAX_VALUE,
        this::note);
  }

  private void note(ConsumerRecord<String, byte[]> record) {
    if (record.topic().equals(Topics.SCREENINGS.name())) {
      screenings.add(
          Topics.SCREENINGS.values().deserializer().deserialize(record.topic(), record.value()));
    } else {
      (record.topic().equals(Topics.REPORTS.name()) ? reports : rejected)
          .add(new String(record.value(), UTF_8));
    }
  }

  private KafkaStreams streams(EmbeddedBroker broker, FilmScreener screener) {
    ServiceConfig defaults = ServiceConfig.defaults();
    ServiceConfig config =
        defaults
            .with(defaults.kafka().at(broker.bootstrapServers()))
            .with(defaults.inference().with(Path.of("none"), folder.resolve("state")));
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            AssemblyRules.quietFor(QUIET),
            ModelSwapIT::line,
            1 << 20,
            32,
            ScreeningListener.NONE);
    Properties settings = StreamsSettings.of(config);
    // Screenings are seen once committed: soon enough for models to be exchanged among them.
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 20);
    return new KafkaStreams(topology.topology(), settings);
  }
}
