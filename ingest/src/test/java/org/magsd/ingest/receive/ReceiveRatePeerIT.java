package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
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
 * and to Orthanc, in one run on one machine: ours takes them faster.
 */
@Tag("peer")
@Timeout(300)
class ReceiveRatePeerIT {
  private static final int FILMS = 200;
  private static final int SIDE = 512;
  private static final int ROUNDS = 3;

  @TempDir Path folder;

  private final List<Process> processes = new ArrayList<>();
  private final List<Path> films = new ArrayList<>();
  private int ours;
  private int storescp;
  private int orthanc;

  @BeforeEach
  void start() throws Exception {
    for (int i = 0; i < FILMS; i++) {
      films.add(Files.write(folder.resolve(i + ".dcm"), SampleFiles.film("1.2.3." + i, SIDE)));
    }
    int broker = TestBroker.freePort();
    java(TestBroker.class, folder.resolve("kafka").toString(), text(broker), text(freePort()));
    ReceiverProcess.awaitOpen(broker);
    TestBroker.createTopics("127.0.0.1:" + broker, 1 << 20);
    ours = freePort();
    java(ReceiverProcess.class, text(ours), "127.0.0.1:" + broker, folder.resolve("b").toString());
    storescp = freePort();
    Path received = Files.createDirectory(folder.resolve("received"));
    run("storescp", "--fork", "+xa", "-od", received.toString(), text(storescp));
    orthanc = freePort();
    Path configuration = folder.resolve("orthanc.json");
    Files.writeString(
        configuration,
        """
        {"StorageDirectory": "%1$s/orthanc", "IndexDirectory": "%1$s/index", "Plugins": [],
         "DicomAet": "ORTHANC", "DicomPort": %2$d, "HttpPort": %3$d, "DicomAlwaysAllowStore": true}
        """
            .formatted(folder, orthanc, freePort()));
    run("/usr/sbin/Orthanc", configuration.toString());
    ReceiverProcess.awaitOpen(ours);
    ReceiverProcess.awaitOpen(storescp);
    ReceiverProcess.awaitOpen(orthanc);
    seconds("MAGSD", ours, 4); // the virtual machine warms up
    seconds("MAGSD", ours, 4);
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void takesFilmsFasterThanStorescpAndOrthanc(int senders) throws Exception {
    double own = Double.MAX_VALUE;
    double dcmtk = Double.MAX_VALUE;
    double archive = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      own = Math.min(own, seconds("MAGSD", ours, senders));
      dcmtk = Math.min(dcmtk, seconds("STORESCP", storescp, senders));
      archive = Math.min(archive, seconds("ORTHANC", orthanc, senders));
    }
    String rates =
        "films/s with %d senders: %.0f here, %.0f storescp, %.0f Orthanc"
            .formatted(senders, FILMS / own, FILMS / dcmtk, FILMS / archive);
    System.err.println(rates);

    assertThat(own).as(rates).isLessThan(dcmtk).isLessThan(archive);
  }

  private double seconds(String ae, int port, int senders) throws InterruptedException {
    ScuConfig peer = ScuConfig.to(ae + "@127.0.0.1:" + port).trying(1, Duration.ZERO);
    long begun = System.nanoTime();
    List<SendOutcome> outcomes = new StoreScu(peer).send(films, senders, outcome -> {});
    double seconds = (System.nanoTime() - begun) / 1e9;
    assertThat(outcomes).allMatch(SendOutcome.Stored.class::isInstance);
    return seconds;
  }

  private static int freePort() throws IOException {
    return TestBroker.freePort();
  }

  private static String text(int number) {
    return Integer.toString(number);
  }

  private void java(Class<?> main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    run(command.toArray(String[]::new));
  }

  private void run(String... command) throws IOException {
    Path log = Files.createTempFile(folder, "peer", ".log");
    processes.add(
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start());
  }
}
