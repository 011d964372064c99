package org.magsd.inference.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
