package org.magsd.inference.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TopicWatchTest {
  @Test
  void looksAgainAfterAMomentWithoutMemory() {
    AtomicInteger looks = new AtomicInteger();
    List<String> noBroker =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            looks.incrementAndGet();
            throw new OutOfMemoryError("for a moment");
          }

          @Override
          public int size() {
            return 1;
          }
        };
    try (TopicWatch watch =
        TopicWatch.start(
            Map.of("bootstrap.servers", noBroker), List.of("any"), 1, record -> watched())) {
      await().until(() -> looks.get() > 1);
      assertThat(watch).isNotNull();
    }
  }

  @Test
  void beginsAsFarBeforeTheEndAsEachTopicAsks() {
    try (MockConsumer<String, byte[]> consumer = new MockConsumer<>("none")) {
      Map<TopicPartition, Long> ends = new HashMap<>();
      Map<TopicPartition, Long> starts = new HashMap<>();
      for (String topic : List.of("small", "large", "few")) {
        TopicPartition partition = new TopicPartition(topic, 0);
        consumer.updatePartitions(topic, List.of(new PartitionInfo(topic, 0, null, null, null)));
        starts.put(partition, topic.equals("few") ? 98L : 10L);
        ends.put(partition, 100L);
      }
      consumer.updateBeginningOffsets(starts);
      consumer.updateEndOffsets(ends);

      TopicWatch.seekNearEnd(
          consumer, List.of("small", "large", "few"), topic -> topic.equals("large") ? 5 : 50);

      assertThat(consumer.position(new TopicPartition("small", 0))).isEqualTo(50);
      assertThat(consumer.position(new TopicPartition("large", 0))).isEqualTo(95);
      assertThat(consumer.position(new TopicPartition("few", 0))).isEqualTo(98);
    }
  }

  private static void watched() {
    throw new AssertionError("there is no record");
  }

  @Test
  void goesOnAfterARecordThatItsListenerHasNoMemoryFor() {
    assertThatCode(
            () ->
                TopicWatch.hear(
                    record -> {
                      throw new OutOfMemoryError("for a record");
                    },
                    new ConsumerRecord<>("any", 0, 1, null, new byte[0])))
        .doesNotThrowAnyException();
  }
}
