package org.magsd.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.receive.SampleFiles;

/** A broker that looks every moment for what is old deletes instances and then their notes. */
@Timeout(180)
class IndexForgettingIT {
  private static final Duration INSTANCES_STAY = Duration.ofSeconds(10);
  private static final Duration NOTES_STAY = Duration.ofSeconds(12);
  private static final Map<String, String> EAGER =
      Map.of(
          "log.initial.task.delay.ms", "0",
          "log.retention.check.interval.ms", "200",
          "log.cleaner.backoff.ms", "200",
          "log.segment.delete.delay.ms", "0");

  @TempDir Path directory;

  @Test
  void deniesAnInstanceWhoseNoteIsGoneAndNoYoungerOne() throws Exception {
    try (TestBroker broker = TestBroker.start(directory.resolve("kafka"), EAGER)) {
      createTopics(broker);
      KafkaSinkConfig config =
          KafkaSinkConfig.of(broker.bootstrapServers(), directory.resolve("blobs"));
      KafkaInstanceIndex index = new KafkaInstanceIndex(config);
      try (KafkaInstanceSink sink = new KafkaInstanceSink(config)) {
        publish(sink, "1.2.1");
        assertThat(index.find(List.of("1.2.1"))).containsOnlyKeys("1.2.1");
        Thread.sleep(INSTANCES_STAY.toMillis());
        publish(sink, "1.2.2");
      }

      await().atMost(Duration.ofSeconds(60)).until(() -> !noted(broker).contains("1.2.1"));

      assertThat(noted(broker)).containsExactly("1.2.2");
      assertThat(index.find(List.of("1.2.1", "1.2.2"))).containsOnlyKeys("1.2.2");
    }
  }

  /** As the service sets them up, but for how long things stay. */
  private static void createTopics(TestBroker broker) throws Exception {
    NewTopic instances = InstanceTopics.instances(1, (short) 1, 1 << 20);
    NewTopic index = InstanceTopics.index(1, (short) 1);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(List.of(staying(instances, INSTANCES_STAY), staying(index, NOTES_STAY)))
          .all()
          .get(60, TimeUnit.SECONDS);
    }
  }

  private static NewTopic staying(NewTopic topic, Duration time) {
    Map<String, String> settings = new HashMap<>(topic.configs());
    settings.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(time.toMillis()));
    settings.put(TopicConfig.SEGMENT_MS_CONFIG, "1000");
    return topic.configs(settings);
  }

  private static void publish(KafkaInstanceSink sink, String sopInstance) throws Exception {
    sink.accept(SampleFiles.instance(SampleFiles.STUDY, sopInstance, 10))
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
  }

  private static List<String> noted(TestBroker broker) {
    return TestBroker.records(broker.bootstrapServers(), InstanceTopics.INDEX).stream()
        .map(ConsumerRecord::key)
        .toList();
  }
}
