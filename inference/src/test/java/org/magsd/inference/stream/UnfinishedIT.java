package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.service.StreamsSettings;

/** A commit goes without films that are not finished, and they are not forgotten by it. */
@Timeout(120)
class UnfinishedIT {
  private static final int FILMS = 40;
  private static final int UNDER_WAY = 6;
  private static final TopicPartition PARTITION = new TopicPartition(Topics.INSTANCES.name(), 0);

  @TempDir Path folder;
  private final List<String> reports = new CopyOnWriteArrayList<>();
  private final List<String> rejected = new CopyOnWriteArrayList<>();

  @Test
  void theNextOneFinishesThemInTheirOrder() throws Exception {
    try (TestStream stream = stream()) {
      leaveAllUnfinished(stream);

      stream.run(topology(new FakeScreener()), folder.resolve("second"), Map.of());
      await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() == FILMS);
    }
    assertThat(reports).containsExactlyElementsOf(studies(0, FILMS));
  }

  @Test
  void thoseWhoseRecordsAreDeletedMeanwhileAreRejectedWithThatReason() throws Exception {
    int deleted = 15;
    try (TestStream stream = stream();
        TopicWatch watch =
            TopicWatch.start(
                stream.client(),
                List.of(Topics.REJECTED.name()),
                Long.MAX_VALUE,
                record -> rejected.add(record.key() + ": " + reason(record)))) {
      assertThat(watch).isNotNull();
      leaveAllUnfinished(stream);
      try (Admin admin = Admin.create(stream.client())) {
        admin.deleteRecords(Map.of(PARTITION, RecordsToDelete.beforeOffset(deleted))).all().get();
      }

      stream.run(topology(new FakeScreener()), folder.resolve("second"), Map.of());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> reports.size() == FILMS - deleted && rejected.size() == deleted);
    }
    String why = ": its record was deleted from dicom.instances before its turn came";
    assertThat(rejected)
        .containsExactlyElementsOf(studies(0, deleted).stream().map(study -> study + why).toList());
    assertThat(reports).containsExactlyElementsOf(studies(deleted, FILMS));
  }

  @Test
  void moreOfThemThanMayWaitNowAreFinishedOneForEachThatComes() throws Exception {
    int more = 20;
    try (TestStream stream = stream()) {
      leaveAllUnfinished(stream);

      stream.run(topology(new FakeScreener(), 3), folder.resolve("second"), Map.of());
      for (String study : studies(FILMS, FILMS + more)) {
        stream.send(study, ".1", "");
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() == FILMS + more);
    }
    assertThat(reports).containsExactlyElementsOf(studies(0, FILMS + more));
  }

  @Test
  void whatIsReadOnceMoreIsStillOneFilm() throws Exception {
    try (TestStream stream = stream()) {
      leaveAllUnfinished(stream);
      setBack(stream);

      stream.run(topology(new FakeScreener()), folder.resolve("second"), Map.of());
      await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() == FILMS);
    }
    assertThat(reports).containsExactlyElementsOf(studies(0, FILMS));
  }

  private TestStream stream() throws Exception {
    return new TestStream(
        1, Topics.REPORTS, report -> reports.add(new String(report.value(), UTF_8)));
  }

  /** All taken, all offsets committed, none finished. */
  private void leaveAllUnfinished(TestStream stream) throws Exception {
    for (String study : studies(0, FILMS)) {
      stream.send(study, ".1", "");
    }
    stream.run(topology(new Never()), folder.resolve("first"), Map.of());
    try (Admin admin = Admin.create(stream.client())) {
      await().atMost(Duration.ofSeconds(30)).until(() -> committed(admin) == FILMS);
    }
    stream.stop();
    assertThat(reports).isEmpty();
  }

  /** Once the group has noticed that its member is gone. */
  private static void setBack(TestStream stream) {
    try (Admin admin = Admin.create(stream.client())) {
      await()
          .atMost(Duration.ofSeconds(40))
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  admin
                      .alterConsumerGroupOffsets(
                          StreamsSettings.APPLICATION, Map.of(PARTITION, new OffsetAndMetadata(0)))
                      .all()
                      .get());
    }
  }

  private static long committed(Admin admin) throws Exception {
    OffsetAndMetadata place =
        admin
            .listConsumerGroupOffsets(StreamsSettings.APPLICATION)
            .partitionsToOffsetAndMetadata()
            .get()
            .get(PARTITION);
    return place == null ? 0 : place.offset();
  }

  private static List<String> studies(int from, int to) {
    return IntStream.range(from, to).mapToObj(number -> "1.2." + number).toList();
  }

  private static String reason(ConsumerRecord<String, byte[]> record) {
    return new String(record.headers().lastHeader("reason").value(), UTF_8);
  }

  private static ScreeningTopology topology(Screener screener) {
    return topology(screener, 1_000);
  }

  private static ScreeningTopology topology(Screener screener, int waiting) {
    return new ScreeningTopology(
        screener,
        AssemblyRules.quietFor(Duration.ofMillis(50)),
        findings -> findings.study().studyInstanceUid(),
        1 << 20,
        UNDER_WAY,
        waiting,
        64L << 20,
        Duration.ofSeconds(25),
        ScreeningListener.NONE);
  }

  private static final class Never implements Screener {
    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      return new CompletableFuture<>();
    }
  }
}
