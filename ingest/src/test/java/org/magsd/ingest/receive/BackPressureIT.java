package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.kafka.InstanceTopics;
import org.magsd.ingest.kafka.TestBroker;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.StoreScu;

/**
 * A study of 10,000 instances, more bytes than the receiver has memory, arrives over many
 * associations faster than the broker takes it: the broker limits its producers' rate, and for a
 * while it stands still, just when every association brings a large instance. The senders wait; the
 * receiver's memory is given by its virtual machine, which would end at the first want of it; and
 * each instance lies on the topic once, byte for byte.
 */
@Timeout(300)
class BackPressureIT {
  private static final int INSTANCES = 10_000;
  private static final int ASSOCIATIONS = 48;
  private static final int SMALL = 12_000;
  private static final int LARGE = 1_000_000;

  /** Large ones come when the broker stands still, or soon after. */
  private static final int FIRST_LARGE = 2_500;

  private static final int LAST_LARGE = FIRST_LARGE + 2 * ASSOCIATIONS;

  /** Less than the associations want to hold by far. */
  private static final int IN_FLIGHT_BYTES = 8 << 20;

  private static final double BROKER_BYTES_PER_SECOND = 12e6;

  @TempDir Path directory;

  private final AtomicInteger stored = new AtomicInteger();
  private Processes processes;

  @BeforeEach
  void prepare() {
    processes = new Processes(directory);
  }

  @AfterEach
  void killAll() throws InterruptedException {
    processes.killAll();
  }

  @Test
  void slowsTheSendersToTheBrokersPaceInBoundedMemory() throws Exception {
    int brokerPort = TestBroker.freePort();
    String servers = "127.0.0.1:" + brokerPort;
    Process broker =
        processes.java(
            List.of("-Xmx512m"),
            TestBroker.class,
            directory.resolve("kafka"),
            brokerPort,
            TestBroker.freePort());
    ReceiverProcess.awaitOpen(brokerPort);
    TestBroker.createTopics(servers, ReceiverProcess.INLINE_LIMIT);
    limitProducers(servers);
    int port = TestBroker.freePort();
    Process receiver =
        processes.java(
            List.of("-Xmx64m", "-XX:MaxDirectMemorySize=32m", "-XX:+ExitOnOutOfMemoryError"),
            ReceiverProcess.class,
            port,
            servers,
            directory.resolve("blobs"),
            60,
            IN_FLIGHT_BYTES);
    ReceiverProcess.awaitOpen(port);
    List<Path> files = files();

    CompletableFuture<List<SendOutcome>> sending =
        CompletableFuture.supplyAsync(() -> send(files, port));
    await().atMost(Duration.ofMinutes(2)).until(() -> stored.get() >= FIRST_LARGE - ASSOCIATIONS);
    signal(broker, "STOP");
    int before = awaitStandstill();
    Thread.sleep(2_000);
    int after = stored.get();
    signal(broker, "CONT");
    List<SendOutcome> outcomes = sending.get();

    assertThat(after).as("acknowledged while the broker stood still").isEqualTo(before);
    assertThat(receiver.isAlive()).as("the receiver had memory enough").isTrue();
    assertThat(outcomes)
        .filteredOn(outcome -> !(outcome instanceof SendOutcome.Stored))
        .as("neither refused nor cut off")
        .isEmpty();
    assertEachIsThereOnce(servers);
  }

  private static void limitProducers(String servers) throws Exception {
    Map<String, String> everyone = new HashMap<>();
    everyone.put(ClientQuotaEntity.CLIENT_ID, null);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      admin
          .alterClientQuotas(
              List.of(
                  new ClientQuotaAlteration(
                      new ClientQuotaEntity(everyone),
                      List.of(
                          new ClientQuotaAlteration.Op(
                              "producer_byte_rate", BROKER_BYTES_PER_SECOND)))))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  private List<Path> files() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("files"));
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < INSTANCES; i++) {
      byte[] file = SampleFiles.file(SampleFiles.STUDY, SampleFiles.instance(i), size(i));
      files.add(Files.write(folder.resolve(i + ".dcm"), file));
    }
    return files;
  }

  private static int size(int number) {
    return number >= FIRST_LARGE && number < LAST_LARGE ? LARGE : SMALL;
  }

  /** Each file once: an aborted or refused one would not be tried again. */
  private List<SendOutcome> send(List<Path> files, int port) {
    ScuConfig peer = ScuConfig.to("MAGSD@127.0.0.1:" + port).trying(1, Duration.ZERO);
    try {
      return new StoreScu(peer)
          .send(
              files,
              ASSOCIATIONS,
              outcome -> {
                if (outcome instanceof SendOutcome.Stored) {
                  stored.incrementAndGet();
                }
              });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  private static void signal(Process process, String name) throws Exception {
    PeerProcess kill = PeerProcess.run("kill", "-" + name, Long.toString(process.pid()));
    assertThat(kill.exit()).as(kill.output()).isZero();
  }

  /** What the broker had answered before it stopped has reached the senders. */
  private int awaitStandstill() throws InterruptedException {
    int seen = -1;
    while (seen != stored.get()) {
      seen = stored.get();
      Thread.sleep(2_000);
    }
    return seen;
  }

  private static void assertEachIsThereOnce(String servers) {
    Set<String> seen = new HashSet<>();
    TestBroker.forEachRecord(
        servers,
        InstanceTopics.INSTANCES,
        record -> {
          String instance = header(record, "sop-instance-uid");
          assertThat(seen.add(instance)).as("%s is there once", instance).isTrue();
          assertThat(record.value()).as(instance).isEqualTo(received(instance));
        });
    assertThat(seen).hasSize(INSTANCES);
  }

  private static String header(ConsumerRecord<String, byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }

  /** The instance as it should lie on the topic: as sent, behind the receiver's meta group. */
  private static byte[] received(String instance) {
    int number = Integer.parseInt(instance.substring(SampleFiles.instance(0).length() - 1));
    return Part10Writer.file(
        SampleFiles.COMPUTED_RADIOGRAPHY,
        instance,
        TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
        Optional.of("MAGSD-SEND"),
        SampleFiles.dataSet(
            SampleFiles.STUDY, instance, size(number), TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
  }
}
