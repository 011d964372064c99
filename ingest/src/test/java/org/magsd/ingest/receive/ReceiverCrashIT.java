package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.ingest.kafka.InstanceTopics;
import org.magsd.ingest.kafka.KafkaInstanceIndex;
import org.magsd.ingest.kafka.KafkaSinkConfig;
import org.magsd.ingest.kafka.TestBroker;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.StoreScu;

/**
 * The receiver is killed, as by {@code kill -9}, while films arrive by each of its ways, every
 * third one too large for a record, and started again: what it had acknowledged by then is on the
 * topic, whole, and a large film's blob as well; senders bring the rest again, and what was in the
 * folder is still there.
 */
@Timeout(180)
class ReceiverCrashIT {
  private static final int FILMS = 180;
  private static final int SMALL = 20_000;
  private static final int MEDIUM = 400_000;
  private static final int LARGE = ReceiverProcess.INLINE_LIMIT + 50_000;
  private static final int PARTS = 3;
  private static final int SENDERS = 4;

  @TempDir static Path brokerData;

  private static TestBroker broker;

  @TempDir Path directory;

  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private List<Path> films;
  private Processes processes;
  private Process receiver;
  private int dicomPort;
  private int stowPort;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = TestBroker.start(brokerData);
    TestBroker.createTopics(broker.bootstrapServers(), ReceiverProcess.INLINE_LIMIT);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void prepare() throws Exception {
    processes = new Processes(directory);
    dicomPort = TestBroker.freePort();
    stowPort = TestBroker.freePort();
    films = new ArrayList<>();
    Path made = Files.createDirectory(directory.resolve("films"));
    Files.createDirectory(inbox());
    for (int i = 0; i < FILMS; i++) {
      byte[] film = SampleFiles.file(SampleFiles.STUDY, uid(i), pixels(i));
      films.add(Files.write(made.resolve(uid(i)), film));
    }
  }

  @AfterEach
  void killAll() throws InterruptedException {
    processes.killAll();
  }

  /** Of this test alone: all share a topic. */
  private String uid(int film) {
    return "1.2.826.0.1.3680043.10.%d.%d".formatted(dicomPort, film);
  }

  private static int number(String uid) {
    return Integer.parseInt(uid.substring(uid.lastIndexOf('.') + 1));
  }

  private static int pixels(int film) {
    return film % 3 == 0 ? LARGE : film % 6 < 3 ? SMALL : MEDIUM;
  }

  private Path inbox() {
    return directory.resolve("inbox");
  }

  private void startReceiver() throws Exception {
    receiver =
        processes.java(
            List.of("-Xmx512m"),
            ReceiverProcess.class,
            dicomPort,
            broker.bootstrapServers(),
            directory.resolve("blobs"),
            10,
            64 << 20,
            stowPort,
            inbox());
    ReceiverProcess.awaitOpen(dicomPort);
  }

  /** Kills it when so many films are acknowledged; returns those. */
  private Set<String> killReceiverAt(int films) throws InterruptedException {
    while (acknowledged.size() < films) {
      Thread.sleep(1);
    }
    Set<String> before = Set.copyOf(acknowledged);
    receiver.destroyForcibly().waitFor();
    return before;
  }

  @Test
  void losesNoFilmThatWasAcknowledgedByCStore() throws Exception {
    startReceiver();
    ScuConfig peer =
        ScuConfig.to("MAGSD@127.0.0.1:" + dicomPort).trying(12, Duration.ofMillis(100));
    Thread sender = thread(() -> new StoreScu(peer).send(films, SENDERS, this::note));

    Set<String> before = killReceiverAt(FILMS / 3);
    assertOnTheTopic(before);
    startReceiver();
    sender.join();

    assertThat(acknowledged).as("acknowledged in the end").hasSize(FILMS);
    assertOnTheTopic(acknowledged);
    KafkaSinkConfig config =
        KafkaSinkConfig.of(broker.bootstrapServers(), directory.resolve("blobs"));
    assertThat(new KafkaInstanceIndex(config).find(acknowledged).keySet())
        .containsAll(acknowledged);
  }

  private void note(SendOutcome outcome) {
    if (outcome instanceof SendOutcome.Stored stored) {
      acknowledged.add(stored.sopInstanceUid());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/dicom", "application/dicom+json"})
  void losesNoFilmThatWasAcknowledgedByStowRs(String mediaType) throws Exception {
    startReceiver();
    Queue<List<Path>> requests = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < FILMS; i += PARTS) {
      requests.add(films.subList(i, i + PARTS));
    }
    List<Thread> senders =
        Stream.generate(() -> thread(() -> post(requests, mediaType))).limit(SENDERS).toList();

    Set<String> before = killReceiverAt(FILMS / 3);
    assertOnTheTopic(before);
    startReceiver();
    for (Thread sender : senders) {
      sender.join();
    }

    assertThat(acknowledged).as("acknowledged in the end").hasSize(FILMS);
    assertOnTheTopic(acknowledged);
  }

  /** Posts request after request; one that is not answered for is posted again. */
  private Void post(Queue<List<Path>> requests, String mediaType) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    for (List<Path> films = requests.poll(); films != null; films = requests.poll()) {
      byte[] body = mediaType.endsWith("json") ? metadataAndPixels(films) : files(films);
      while (!posted(client, mediaType, body)) {
        Thread.sleep(50);
      }
    }
    return null;
  }

  /** Whether all were stored; those that were are noted in any case. */
  private boolean posted(HttpClient client, String mediaType, byte[] body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + stowPort + "/studies"))
            .header("Content-Type", "multipart/related; type=\"" + mediaType + "\"; boundary=b")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() == 200 || answer.statusCode() == 202) {
        JsonNode stored = new ObjectMapper().readTree(answer.body()).at("/00081199/Value");
        stored.forEach(item -> acknowledged.add(item.at("/00081155/Value/0").asText()));
      }
      return answer.statusCode() == 200;
    } catch (IOException killed) {
      return false;
    }
  }

  private static byte[] files(List<Path> films) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Path film : films) {
      part(body, "application/dicom", Files.readAllBytes(film));
    }
    return end(body);
  }

  /** The films' elements as DICOM JSON, and their pixels behind them. */
  private static byte[] metadataAndPixels(List<Path> films) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    String metadata =
        films.stream()
            .map(
                film ->
                    """
                    {"00080016":{"vr":"UI","Value":["%s"]},
                     "00080018":{"vr":"UI","Value":["%3$s"]},
                     "0020000D":{"vr":"UI","Value":["%2$s"]},
                     "7FE00010":{"vr":"OW","BulkDataURI":"%3$s"}}"""
                        .formatted(
                            SampleFiles.COMPUTED_RADIOGRAPHY,
                            SampleFiles.STUDY,
                            film.getFileName()))
            .collect(Collectors.joining(",", "[", "]"));
    part(body, "application/dicom+json", metadata.getBytes(UTF_8));
    for (Path film : films) {
      byte[] file = Files.readAllBytes(film);
      int pixels = pixels(number(film.getFileName().toString()));
      part(
          body,
          "application/octet-stream\r\nContent-Location: " + film.getFileName(),
          Arrays.copyOfRange(file, file.length - pixels, file.length));
    }
    return end(body);
  }

  private static void part(ByteArrayOutputStream body, String type, byte[] content) {
    body.writeBytes(("--b\r\nContent-Type: " + type + "\r\n\r\n").getBytes(UTF_8));
    body.writeBytes(content);
    body.writeBytes("\r\n".getBytes(UTF_8));
  }

  private static byte[] end(ByteArrayOutputStream body) {
    body.writeBytes("--b--\r\n".getBytes(UTF_8));
    return body.toByteArray();
  }

  @Test
  void losesNoFilmOfTheFolder() throws Exception {
    Path done = inbox().resolve("done");
    for (Path film : films) {
      Files.move(film, inbox().resolve(film.getFileName()));
    }
    startReceiver();
    while (names(done).size() < FILMS / 3) {
      Thread.sleep(1);
    }

    receiver.destroyForcibly().waitFor();

    Set<String> taken = names(done);
    Set<String> waiting = names(inbox());
    assertThat(waiting)
        .as("waiting when it was killed")
        .isNotEmpty()
        .doesNotContainAnyElementsOf(taken);
    assertThat(taken.size() + waiting.size()).isEqualTo(FILMS);
    assertOnTheTopic(taken);

    startReceiver();
    await().atMost(Duration.ofSeconds(60)).until(() -> names(done).size() == FILMS);
    assertThat(names(inbox())).isEmpty();
    assertThat(names(inbox().resolve("failed"))).isEmpty();
    assertOnTheTopic(names(done));
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .collect(Collectors.toSet());
    }
  }

  /**
   * Each of them at least once, and every copy with its pixels, read from the blob if it has one.
   */
  private void assertOnTheTopic(Set<String> uids) {
    BlobStore blobs = new BlobStore(directory.resolve("blobs"));
    Set<String> whole = new HashSet<>();
    List<String> wrong = new ArrayList<>();
    TestBroker.forEachRecord(
        broker.bootstrapServers(),
        InstanceTopics.INSTANCES,
        record -> {
          String uid = new String(record.headers().lastHeader("sop-instance-uid").value(), UTF_8);
          int film = number(uid);
          if (!uid.equals(uid(film))) {
            return; // of another test
          }
          try {
            if (isWhole(uid, pixels(film), record.value(), blobs)) {
              whole.add(uid);
            } else {
              wrong.add(uid);
            }
          } catch (IOException e) {
            wrong.add(uid + ": " + e.getMessage());
          }
        });
    assertThat(wrong).isEmpty();
    assertThat(whole).containsAll(uids);
  }

  /** {@link BlobStore#read} compares a blob's digest with the one that the record states. */
  private static boolean isWhole(String uid, int pixels, byte[] value, BlobStore blobs)
      throws IOException {
    BlobReference reference = BlobReference.in(value).orElse(null);
    byte[] file = reference == null ? value : blobs.read(reference);
    byte[] expected =
        SampleFiles.dataSet(SampleFiles.STUDY, uid, pixels, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    int from = file.length - expected.length;
    return (reference != null) == (pixels == LARGE)
        && from > 0
        && Arrays.equals(file, from, file.length, expected, 0, expected.length);
  }

  private static Thread thread(Callable<?> work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.call();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    thread.start();
    return thread;
  }
}
