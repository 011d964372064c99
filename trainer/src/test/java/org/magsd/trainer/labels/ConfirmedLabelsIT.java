package org.magsd.trainer.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.UserError;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.stream.Topics;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.image.FilmFiles;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.trainer.data.ClassMapping;
import org.magsd.trainer.data.LabelledFilm;
import org.magsd.trainer.data.LabelsCsv;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.TrainRun;

/** The bundled sample studies over a real broker, with labels, into training. */
class ConfirmedLabelsIT {
  private static final Path SAMPLES = Path.of("..", "config", "samples").toAbsolutePath();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MISSING = "2.25.4711";

  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private static final String TINY =
      """
      name: confirmed
      classes:
        - {name: covid19, display: A, finding: true, snomed: "840544004", snomedDisplay: COVID}
        - {name: other, display: B, finding: false, snomed: "281900007", snomedDisplay: Nothing}
      preprocessing: {size: 32}
      network: {maps: 2}
      machine: {threads: 1}
      stages:
        - name: only
          data:
            - topic: training.labels
              bootstrapServers: SERVERS
              map: {pneumonia: other, normal: other}
          split: {by: share, share: 0.4}
          epochs: 1
          batch: 2
          schedule: {rate: 0.001}
      """;

  private static EmbeddedBroker broker;

  @TempDir private Path folder;
  private final List<String> said = new ArrayList<>();

  /** One study each, as samples.json names them. */
  private record Sent(Path file, String study, String label, String expected) {}

  @BeforeAll
  static void sendFilmsAndLabels(@TempDir Path data) throws Exception {
    broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
    broker.createTopics(Topics.definitions(3, (short) 1, 16 << 20));
    BlobStore blobs = new BlobStore(data.resolve("blobs"));
    ConfirmedLabelsIT.blobs = data;
    try (KafkaProducer<String, byte[]> producer = producer()) {
      for (Sent sample : samples()) {
        byte[] bytes = Files.readAllBytes(sample.file());
        boolean large = sample.file().toString().contains("01-");
        send(
            producer,
            "dicom.instances",
            sample.study(),
            large ? blobs.write(bytes).toJson() : bytes);
        send(producer, "dicom.instances", sample.study(), bytes);
        send(producer, "training.labels", sample.study(), label("unheard-of", "2026-01-01"));
        send(producer, "training.labels", sample.study(), label(sample.label(), "2026-01-02"));
      }
      send(producer, "training.labels", MISSING, label("normal", "2026-01-02"));
      send(producer, "training.labels", retracted().study(), null);
    }
  }

  private static Path blobs;

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static KafkaProducer<String, byte[]> producer() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", broker.bootstrapServers()),
        new StringSerializer(),
        new ByteArraySerializer());
  }

  private static void send(
      KafkaProducer<String, byte[]> producer, String topic, String key, byte[] value)
      throws Exception {
    producer.send(new ProducerRecord<>(topic, key, value)).get(20, TimeUnit.SECONDS);
  }

  private static byte[] label(String name, String day) {
    String text = "{\"class\":\"" + name + "\",\"who\":\"r7\",\"when\":\"" + day + "T00:00:00Z\"}";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<Sent> samples() throws IOException {
    List<Sent> samples = new ArrayList<>();
    for (JsonNode one : JSON.readTree(SAMPLES.resolve("samples.json").toFile())) {
      samples.add(
          new Sent(
              SAMPLES.resolve(one.path("file").asText()),
              one.path("studyInstanceUid").asText(),
              one.path("trueLabel").asText(),
              one.path("expected").asText()));
    }
    return samples;
  }

  /** A study whose label is taken back. */
  private static Sent retracted() throws IOException {
    return samples().stream().filter(s -> s.file().toString().contains("08-")).toList().get(0);
  }

  private ConfirmedLabels labels(String topic, String servers, Map<String, String> properties) {
    return labels(
        topic,
        servers,
        properties,
        new ConfirmedLabels.Films.Topic("dicom.instances", blobs.resolve("blobs")));
  }

  private static ConfirmedLabels labels(
      String topic, String servers, Map<String, String> properties, ConfirmedLabels.Films films) {
    return new ConfirmedLabels(
        topic, servers, properties, films, "ward", "own", Duration.ofSeconds(3));
  }

  @Test
  void takesTheFrontalFilmsOfLabelledStudiesAsServingShowsThem() throws Exception {
    ConfirmedLabels labels = labels("training.labels", broker.bootstrapServers(), Map.of());

    LabelSnapshot snapshot = labels.take(folder.resolve("taken"), said::add, () -> false);

    Map<String, Sent> expected = new HashMap<>();
    for (Sent sample : samples()) {
      if (sample.expected().equals("assessed") && !sample.equals(retracted())) {
        expected.put("films/" + Sha256.hex(sample.file()) + ".png", sample);
      }
    }
    List<LabelledFilm> films = LabelsCsv.read(snapshot.csv(), snapshot.folder());
    assertThat(films).hasSize(9).extracting(LabelledFilm::name).containsAll(expected.keySet());
    for (LabelledFilm film : films) {
      Sent sample = expected.get(film.name());
      assertThat(film.label()).isEqualTo(sample.label());
      assertThat(film.source()).isEqualTo("ward");
      assertThat(film.licence()).contains("own");
      assertThat(FilmFiles.read(film.file()).pixels())
          .as(sample.file().toString())
          .isEqualTo(FilmFiles.read(sample.file()).pixels());
    }
    assertThat(snapshot.origin().taken().labelOffsets()).hasSize(3);
    if (POSIX) {
      assertThat(Files.getPosixFilePermissions(snapshot.folder()))
          .as("pictures of patients are their taker's alone")
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
    assertThat(said)
        .anySatisfy(line -> assertThat(line).contains("11 studies labelled, 1 retract"));
    assertThat(said).anySatisfy(line -> assertThat(line).contains("3 labelled studies have no"));
    assertThat(String.join(" ", said)).contains("2 not a frontal view").doesNotContain(MISSING);
  }

  @Test
  void twoStudiesOfAPatientStayInOneGroup() throws Exception {
    LabelSnapshot snapshot =
        labels("training.labels", broker.bootstrapServers(), Map.of())
            .take(folder.resolve("taken"), said::add, () -> false);

    List<LabelledFilm> films = LabelsCsv.read(snapshot.csv(), snapshot.folder());

    List<String> two =
        samples().stream()
            .filter(sample -> sample.file().toString().contains("09-"))
            .map(sample -> "films/" + sha256(sample.file()) + ".png")
            .toList();
    assertThat(films)
        .filteredOn(film -> two.contains(film.name()))
        .hasSize(2)
        .extracting(film -> film.patient().orElseThrow())
        .containsOnly(
            films.stream().filter(f -> two.contains(f.name())).toList().get(0).patient().get());
    for (Sent sample : samples()) {
      String raw = new String(Files.readAllBytes(sample.file()), StandardCharsets.ISO_8859_1);
      assertThat(films).noneMatch(film -> raw.contains(film.patient().orElseThrow()));
    }
  }

  private static String sha256(Path file) {
    try {
      return Sha256.hex(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void trainsOnConfirmedLabelsAndWritesDownWhatItTook() throws Exception {
    String secretive =
        config()
            .replace(
                "bootstrapServers:",
                "properties: {ssl.key.password: hunter2}\n        bootstrapServers:");
    Path config = Files.writeString(folder.resolve("train.yaml"), secretive);
    Path out = folder.resolve("out");

    TrainRun.Finished finished =
        new TrainRun(config, blobs, out, () -> false, new Console(System.err, false))
            .call(false)
            .orElseThrow();

    assertThat(out.resolve("train.yaml")).hasContent(secretive);
    assertThat(finished.bundle().directory().resolve("training/train.yaml"))
        .content()
        .contains("ssl.key.password")
        .doesNotContain("hunter2");
    if (POSIX) {
      assertThat(Files.getPosixFilePermissions(out.resolve("train.yaml")))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    ModelCard card = finished.bundle().card();
    assertThat(card.training().dataDigests()).containsOnlyKeys("training.labels");
    JsonNode manifest = JSON.readTree(out.resolve("manifest.json").toFile());
    JsonNode source = manifest.at("/stages/0/sources/0");
    assertThat(source.path("sha256").asText())
        .isEqualTo(card.training().dataDigests().get("training.labels"));
    long labels = 0;
    for (JsonNode span : source.at("/taken/labelOffsets")) {
      labels += span.path("end").asLong() - span.path("begin").asLong();
    }
    assertThat(labels).isEqualTo(2L * samples().size() + 2);
    assertThat(source.at("/taken/instances").asText()).isEqualTo("dicom.instances");
    assertThat(manifest.at("/stages/0/films")).hasSize(9);
  }

  @Test
  void learnsFromTheSitesOwnFilmsWhateverLicencesAreExcluded() throws Exception {
    String excluding = config() + "data: {excludeLicences: ['\\bNC\\b']}\n";
    Path config = Files.writeString(folder.resolve("train.yaml"), excluding);
    Console console = new Console(System.err, false);

    TrainRun.Finished finished =
        new TrainRun(config, blobs, folder.resolve("out"), () -> false, console)
            .call(false)
            .orElseThrow();

    assertThat(finished.result().data().train()).isNotEmpty();
    assertThat(finished.result().data().leftOut()).isEmpty();
    Files.writeString(
        config,
        excluding.replace(
            "topic: training.labels", "licence: CC BY-NC\n        topic: training.labels"));
    assertThatThrownBy(
            () ->
                new TrainRun(config, blobs, folder.resolve("none"), () -> false, console)
                    .call(false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has no training film");
  }

  private String config() {
    return TINY.replace("SERVERS", broker.bootstrapServers());
  }

  @Test
  void aRunGoesOnWithTheLabelsItBeganWith() throws Exception {
    Path config = Files.writeString(folder.resolve("train.yaml"), config());
    Path out = folder.resolve("out");
    Console console = new Console(System.err, false);
    BooleanSupplier begun = () -> Files.exists(out.resolve("manifest.json"));
    assertThat(new TrainRun(config, blobs, out, begun, console).call(false)).isEmpty();
    try (KafkaProducer<String, byte[]> producer = producer()) {
      send(producer, "training.labels", samples().get(0).study(), label("normal", "2026-01-01"));
    }

    TrainRun.Finished finished =
        new TrainRun(config, blobs, out, () -> false, console).call(true).orElseThrow();

    String first = sha256(samples().get(0).file());
    assertThat(finished.result().manifest().stages().get(0).films())
        .filteredOn(film -> film.file().contains(first))
        .extracting("label")
        .containsExactly("covid19");
  }

  @Test
  void aFreshStartRemovesWhatAKilledOneHadTaken() throws Exception {
    Path config = Files.writeString(folder.resolve("train.yaml"), config());
    Path out = Files.createDirectory(folder.resolve("out"));
    List<Path> underWay = new ArrayList<>();
    LabelSnapshot whole =
        labels("training.labels", broker.bootstrapServers(), Map.of())
            .take(
                out.resolve("labels-of-another-run"),
                line -> underWay.addAll(in(out)),
                () -> false);
    Path left = Files.createDirectories(underWay.get(0).resolve("films")).resolve("film.png");
    Files.writeString(left, "a picture, half of it");

    new TrainRun(config, blobs, out, () -> true, new Console(System.err, false)).call(false);

    assertThat(underWay.get(0)).doesNotExist();
    assertThat(in(out)).contains(whole.folder());
    assertThat(LabelsCsv.read(whole.csv(), whole.folder())).hasSize(9);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stopsBetweenTwoFilmsAndKeepsNone(boolean fromTopic) {
    ConfirmedLabels.Films films =
        fromTopic
            ? new ConfirmedLabels.Films.Topic("dicom.instances", blobs.resolve("blobs"))
            : new ConfirmedLabels.Films.Folder("samples", SAMPLES);
    ConfirmedLabels labels = labels("training.labels", broker.bootstrapServers(), Map.of(), films);
    AtomicInteger most = new AtomicInteger();
    BooleanSupplier afterTheFirst = () -> most.accumulateAndGet(pictures(), Math::max) > 0;

    assertThatThrownBy(() -> labels.take(folder.resolve("taken"), said::add, afterTheFirst))
        .isInstanceOf(CancellationException.class);

    assertThat(most).hasValue(1);
    assertThat(said).isEmpty();
    assertThat(folder).isEmptyDirectory();
  }

  private int pictures() {
    try (Stream<Path> files = Files.walk(folder)) {
      return (int) files.filter(file -> file.toString().endsWith(".png")).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> in(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void keepsNothingWhileTheBlobFolderIsAway() {
    Path away = folder.resolve("blobs");
    ConfirmedLabels labels =
        labels(
            "training.labels",
            broker.bootstrapServers(),
            Map.of(),
            new ConfirmedLabels.Films.Topic("dicom.instances", away));

    assertThatThrownBy(() -> labels.take(folder.resolve("taken"), said::add, () -> false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("data.blobFolder: " + away + " is away");

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void namesPartitionAndOffsetOfALabelThatIsNoClass() throws Exception {
    LabelSnapshot snapshot =
        labels("training.labels", broker.bootstrapServers(), Map.of())
            .take(folder.resolve("taken"), said::add, () -> false);

    assertThatThrownBy(
            () -> snapshot.requireKnown(ClassMapping.of(List.of("covid19", "pneumonia"))))
        .isInstanceOf(UserError.class)
        .hasMessageMatching(
            "training.labels, partition \\d, offset \\d+: label \"normal\" is none of .*");
  }

  @Test
  void saysWhatIsWrongWithTheBroker() {
    String here = broker.bootstrapServers();
    assertThatThrownBy(
            () ->
                labels("no.such", here, Map.of()).take(folder.resolve("a"), said::add, () -> false))
        .isInstanceOf(UserError.class)
        .hasMessage(here + " has no topic no.such");
    String nobody = "127.0.0.1:1";
    assertThatThrownBy(
            () ->
                labels("training.labels", nobody, Map.of())
                    .take(folder.resolve("a"), said::add, () -> false))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll(nobody, "does not answer within 3 s");
    Map<String, String> stranger =
        Map.of(
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "PLAIN",
            "sasl.jaas.config",
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\""
                + " password=\"secret\";");
    assertThatThrownBy(
            () ->
                labels("training.labels", here, stranger)
                    .take(folder.resolve("a"), said::add, () -> false))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll(here, "refuses")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(
            () ->
                labels("training.labels", here, Map.of("security.protocol", "NONSENSE"))
                    .take(folder.resolve("a"), said::add, () -> false))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("security.protocol");
    assertThat(folder).isEmptyDirectory();
  }
}
