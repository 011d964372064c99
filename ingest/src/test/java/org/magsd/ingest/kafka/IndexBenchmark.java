package org.magsd.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.receive.SampleFiles;

/**
 * How large a note of the index is, and how long a question takes over a million of them on eight
 * partitions. Not among the tests of a build; {@code mvn -pl ingest test -Dtest=IndexBenchmark}
 * runs it.
 */
@Timeout(600)
class IndexBenchmark {
  private static final int NOTES = 1_000_000;
  private static final int ALONE = 2_000;
  private static final int PARTITIONS = 8;
  private static final int STUDY = 100;

  /** As long as most UIDs are. */
  private static final String ROOT = "1.2.826.0.1.3680043.10.1.2.20260102030405.12345.";

  @TempDir Path directory;

  @Test
  void takesSecondsForAMillionNotes() throws Exception {
    try (TestBroker broker = TestBroker.start(directory.resolve("kafka"));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(
                  InstanceTopics.instances(PARTITIONS, (short) 1, 1 << 20),
                  InstanceTopics.index(PARTITIONS, (short) 1)))
          .all()
          .get(60, TimeUnit.SECONDS);
      KafkaSinkConfig config =
          KafkaSinkConfig.of(broker.bootstrapServers(), directory.resolve("blobs"));
      note(broker, 0, ALONE, true);
      long alone = bytes(admin);
      note(broker, ALONE, NOTES, false);
      long all = bytes(admin);
      System.out.printf(
          "bytes per note: %.0f written alone, %.0f written together%n",
          (double) alone / ALONE, (double) (all - alone) / (NOTES - ALONE));
      List<String> study = IntStream.range(0, STUDY).mapToObj(i -> ROOT + "9." + i).toList();
      publish(config, study);
      KafkaInstanceIndex index = new KafkaInstanceIndex(config);
      assertThat(timed("one instance held", index, study.subList(0, 1))).hasSize(1);
      assertThat(timed("one instance held", index, study.subList(1, 2))).hasSize(1);
      assertThat(timed(STUDY + " instances held", index, study)).hasSize(STUDY);
      assertThat(timed("one instance not held", index, List.of("1.2.3"))).isEmpty();
    }
  }

  private static Map<String, String> timed(
      String what, KafkaInstanceIndex index, List<String> uids) {
    long begun = System.nanoTime();
    Map<String, String> held = index.find(uids);
    System.out.printf("%s: %d ms%n", what, (System.nanoTime() - begun) / 1_000_000);
    return held;
  }

  private static void note(TestBroker broker, int from, int to, boolean alone) throws Exception {
    try (Producer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      for (int i = from; i < to; i++) {
        IndexEntry entry = new IndexEntry(SampleFiles.COMPUTED_RADIOGRAPHY, i % PARTITIONS, i);
        var sent =
            producer.send(
                new ProducerRecord<>(InstanceTopics.INDEX, ROOT + (1_000_000 + i), entry.toJson()));
        if (alone) {
          sent.get(60, TimeUnit.SECONDS);
        }
      }
      producer.close(Duration.ofMinutes(2));
    }
  }

  private static void publish(KafkaSinkConfig config, List<String> uids) throws Exception {
    try (KafkaInstanceSink sink = new KafkaInstanceSink(config)) {
      for (String uid : uids) {
        sink.accept(SampleFiles.instance(SampleFiles.STUDY, uid, 1_000))
            .toCompletableFuture()
            .get(60, TimeUnit.SECONDS);
      }
    }
  }

  private static long bytes(Admin admin) throws Exception {
    long sum = 0;
    for (LogDirDescription log :
        admin
            .describeLogDirs(List.of(1))
            .allDescriptions()
            .get(60, TimeUnit.SECONDS)
            .get(1)
            .values()) {
      sum +=
          log.replicaInfos().entrySet().stream()
              .filter(replica -> replica.getKey().topic().equals(InstanceTopics.INDEX))
              .mapToLong(replica -> replica.getValue().size())
              .sum();
    }
    return sum;
  }
}
