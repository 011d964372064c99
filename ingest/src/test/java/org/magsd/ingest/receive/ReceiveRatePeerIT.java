package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.kafka.TestBroker;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.StoreScu;

/**
 * The same films from the same sender to our port (which waits for the broker), to dcmtk's storescp
 * (a process for each association, files written as they come) and to Orthanc, turn by turn on one
 * machine: each must take every film, and ours must be faster than those two as Debian ships them.
 * Both are measured with Nagle's algorithm off as well, which they need for short answers and do
 * not set by themselves; those rates are printed, not asserted. Orthanc writes each film once, and
 * in later rounds finds that it has it.
 */
@Tag("peer")
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReceiveRatePeerIT {
  private static final String OURS = "magsd";
  private static final String STORESCP = "storescp";
  private static final String TUNED_STORESCP = "storescp, TCP_NODELAY=1";
  private static final String ORTHANC = "Orthanc";
  private static final String TUNED_ORTHANC = "Orthanc, TCP_NODELAY=1";
  private static final String[] NO_DELAY = {"env", "TCP_NODELAY=1"};

  /** Whoever waits for Nagle's algorithm takes the same time for each association's share. */
  private static final int FILMS_PER_SENDER = 50;

  private static final int LEAST_FILMS = 100;
  private static final int MOST_SENDERS = 16;
  private static final int SIDE = 512;
  private static final int ROUNDS = 3;

  /** Ours is compiled while it runs; theirs was before. */
  private static final int WARM_UPS = 20;

  @TempDir static Path folder;

  private final List<Path> films = new ArrayList<>();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private Processes processes;

  @BeforeAll
  void start() throws Exception {
    processes = new Processes(folder);
    for (int i = 0; i < MOST_SENDERS * FILMS_PER_SENDER; i++) {
      films.add(Files.write(folder.resolve(i + ".dcm"), SampleFiles.film("1.2.3." + i, SIDE)));
    }
    magsd();
    storescp(STORESCP);
    storescp(TUNED_STORESCP, NO_DELAY);
    orthanc(ORTHANC);
    orthanc(TUNED_ORTHANC, NO_DELAY);
    for (int port : ports.values()) {
      ReceiverProcess.awaitOpen(port);
    }
    for (int i = 0; i < WARM_UPS; i++) {
      filmsPerSecond(OURS, 4);
    }
  }

  private void magsd() throws Exception {
    int broker = TestBroker.freePort();
    List<String> heap = List.of("-Xmx1g");
    processes.java(heap, TestBroker.class, folder.resolve("kafka"), broker, TestBroker.freePort());
    ReceiverProcess.awaitOpen(broker);
    String servers = "127.0.0.1:" + broker;
    TestBroker.createTopics(servers, ReceiverProcess.INLINE_LIMIT);
    int port = port(OURS);
    processes.java(
        heap, ReceiverProcess.class, port, servers, folder.resolve("blobs"), 30, 256 << 20);
  }

  private void storescp(String name, String... before) throws IOException {
    List<String> command = new ArrayList<>(List.of(before));
    Path received = Files.createTempDirectory(folder, "received");
    command.addAll(List.of("storescp", "--fork", "+xa", "-od", received.toString()));
    command.add(Integer.toString(port(name)));
    processes.run(command);
  }

  private void orthanc(String name, String... before) throws IOException {
    Path own = Files.createTempDirectory(folder, "orthanc");
    Path configuration = own.resolve("orthanc.json");
    Files.writeString(
        configuration,
        """
        {"StorageDirectory": "%1$s/orthanc", "IndexDirectory": "%1$s/index", "Plugins": [],
         "DicomAet": "ORTHANC", "DicomPort": %2$d, "HttpPort": %3$d, "DicomAlwaysAllowStore": true}
        """
            .formatted(own, port(name), TestBroker.freePort()));
    List<String> command = new ArrayList<>(List.of(before));
    command.addAll(List.of("/usr/sbin/Orthanc", configuration.toString()));
    processes.run(command);
  }

  private int port(String name) throws IOException {
    int port = TestBroker.freePort();
    ports.put(name, port);
    return port;
  }

  @AfterAll
  void stop() throws InterruptedException {
    processes.killAll();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, MOST_SENDERS})
  void takesFilmsFasterThanStorescpAndOrthancAsTheyAreShipped(int senders) throws Exception {
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (String name : ports.keySet()) {
        rates.computeIfAbsent(name, key -> new ArrayList<>()).add(filmsPerSecond(name, senders));
      }
    }
    System.err.println(
        rates.entrySet().stream()
            .map(rate -> "%s %.0f".formatted(rate.getKey(), median(rate.getValue())))
            .collect(
                Collectors.joining(", ", "films/s with " + senders + " senders, medians: ", "")));
    double ours = median(rates.get(OURS));
    assertThat(ours).isGreaterThan(median(rates.get(STORESCP)));
    assertThat(ours).isGreaterThan(median(rates.get(ORTHANC)));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  private double filmsPerSecond(String name, int senders) throws InterruptedException {
    ScuConfig peer = ScuConfig.to("MAGSD@127.0.0.1:" + ports.get(name)).trying(1, Duration.ZERO);
    List<Path> sent = films.subList(0, Math.max(LEAST_FILMS, senders * FILMS_PER_SENDER));
    long begun = System.nanoTime();
    List<SendOutcome> outcomes = new StoreScu(peer).send(sent, senders, outcome -> {});
    double seconds = (System.nanoTime() - begun) / 1e9;
    assertThat(outcomes).allMatch(SendOutcome.Stored.class::isInstance);
    return sent.size() / seconds;
  }
}
