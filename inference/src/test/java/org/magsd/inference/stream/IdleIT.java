package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service that has nothing to do writes nothing: no transaction, no offset. */
@Timeout(120)
class IdleIT {
  private static final List<String> BOOKKEEPING =
      List.of("__transaction_state", "__consumer_offsets");

  /** Several commit intervals. */
  private static final Duration A_REST = Duration.ofSeconds(4);

  @TempDir Path folder;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  @Test
  void anIdleServiceCommitsNothing() throws Exception {
    try (TestStream stream =
            new TestStream(
                2, Topics.REPORTS, record -> reports.add(new String(record.value(), UTF_8)));
        Admin admin = Admin.create(stream.client())) {
      stream.run(topology(), folder, Map.of());
      // Given a study that has been reported, and one that waits for a long time
      stream.send("1.1", ".1", "millis=50");
      stream.send("1.2", ".1", "modality=CR");
      await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() == 1);

      await()
          .atMost(Duration.ofSeconds(40))
          .until(
              () -> {
                long before = written(admin);
                Thread.sleep(A_REST.toMillis());
                return written(admin) == before;
              });
    }
    assertThat(reports).containsExactly("1.1 1.1.1=pneumonia r1");
  }

  /** Records ever written to the brokers' own topics of transactions and offsets. */
  private static long written(Admin admin) throws Exception {
    Map<TopicPartition, OffsetSpec> ends =
        admin.describeTopics(BOOKKEEPING).allTopicNames().get().values().stream()
            .flatMap(IdleIT::partitions)
            .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
    return admin.listOffsets(ends).all().get().values().stream()
        .mapToLong(end -> end.offset())
        .sum();
  }

  private static Stream<TopicPartition> partitions(TopicDescription topic) {
    return IntStream.range(0, topic.partitions().size())
        .mapToObj(number -> new TopicPartition(topic.name(), number));
  }

  private static ScreeningTopology topology() {
    AssemblyRules rules =
        new AssemblyRules(
            Duration.ofSeconds(1),
            Map.of("CR", Duration.ofMinutes(10)),
            Duration.ofSeconds(1),
            Duration.ofMinutes(20),
            Duration.ofDays(7),
            Optional.empty());
    return new ScreeningTopology(
        new FakeScreener(), rules, WorkerProcess::line, 1 << 20, 8, ScreeningListener.NONE);
  }
}
