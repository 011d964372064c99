package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UndeliveredTest {
  private static final ByteArraySerializer BYTES = new ByteArraySerializer();
  private static final ConsumerRecord<byte[], byte[]> REPORT =
      new ConsumerRecord<>("reports", 0, 7, "1.2.3".getBytes(UTF_8), "report".getBytes(UTF_8));
  private static final Undelivered.Cause CAUSE =
      new Undelivered.Cause(FailureKind.REFUSED, Optional.of(400), "", 1);

  private final MockProducer<byte[], byte[]> first = new MockProducer<>(false, null, BYTES, BYTES);
  private final MockProducer<byte[], byte[]> second = new MockProducer<>(true, null, BYTES, BYTES);

  /** As does one whose thread has ended. */
  @Test
  void aProducerThatNeverAnswersIsReplaced() throws Exception {
    try (Undelivered undelivered = undelivered(Duration.ofMillis(100), List.of(first, second))) {
      assertThatThrownBy(() -> undelivered.write(REPORT, CAUSE))
          .isInstanceOf(KafkaException.class)
          .hasMessage("not written to undelivered in time");

      undelivered.write(REPORT, CAUSE);
    }

    assertThat(first.closed()).isTrue();
    assertThat(second.history()).hasSize(1);
    assertThat(second.closed()).isTrue();
  }

  /** One that knew no topic when its thread ended learns of none. */
  @Test
  void aProducerThatFindsNoTopicIsReplaced() throws Exception {
    MockProducer<byte[], byte[]> without =
        new MockProducer<>() {
          @Override
          public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> copy) {
            return CompletableFuture.failedFuture(
                new TimeoutException("topic not present in metadata"));
          }
        };
    try (Undelivered undelivered = undelivered(Duration.ofSeconds(20), List.of(without, second))) {
      assertThatThrownBy(() -> undelivered.write(REPORT, CAUSE)).isInstanceOf(KafkaException.class);

      undelivered.write(REPORT, CAUSE);
    }

    assertThat(without.closed()).isTrue();
    assertThat(second.history()).hasSize(1);
  }

  private static Undelivered undelivered(
      Duration patience, List<MockProducer<byte[], byte[]>> given) {
    Queue<MockProducer<byte[], byte[]>> producers = new ArrayDeque<>(given);
    return new Undelivered(producers::remove, "undelivered", LargeReports.NONE, patience);
  }
}
