package org.magsd.inference.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Reads records of one partition a second time, mostly one after the other. It does not wait for
 * the broker: what is not there yet is asked for, and is there at a later question.
 */
final class SecondReading implements AutoCloseable {
  private static final int RECORDS_AT_A_TIME = 16;

  /** So many records may be read over on the way to the one wanted. */
  private static final int STRIDE = 16;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final TopicPartition partition;
  private final Supplier<Consumer<byte[], byte[]>> connect;
  private final Deque<ConsumerRecord<byte[], byte[]>> held = new ArrayDeque<>();
  private Consumer<byte[], byte[]> consumer;

  /** What lies from here up to the consumer's position has been read, and what is there is held. */
  private long from;

  private long logStart;

  /** Where a record is. */
  sealed interface Answer {}

  record Here(ConsumerRecord<byte[], byte[]> found) implements Answer {}

  /** On its way, or the broker is away. */
  record NotYet() implements Answer {}

  /** No longer in the log. */
  record Gone() implements Answer {}

  /**
   * @param connect makes the consumer when it is first needed
   */
  SecondReading(TopicPartition partition, Supplier<Consumer<byte[], byte[]>> connect) {
    this.partition = partition;
    this.connect = connect;
  }

  /**
   * With a consumer like those with which Streams restores stores: of no group, and committed
   * records only.
   *
   * @param settings of the running application
   */
  static SecondReading of(TopicPartition partition, Map<String, ?> settings) {
    return new SecondReading(
        partition,
        () -> {
          String client =
              "%s-again-%d"
                  .formatted(
                      settings.get(StreamsConfig.APPLICATION_ID_CONFIG), partition.partition());
          Map<String, Object> consumer =
              new StreamsConfig(settings).getRestoreConsumerConfigs(client);
          consumer.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_AT_A_TIME);
          return new KafkaConsumer<>(
              consumer, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        });
  }

  Answer at(long offset) {
    if (consumer == null) {
      consumer = connect.get();
      consumer.assign(List.of(partition));
      seek(offset);
    }
    if (offset < logStart) {
      return new Gone();
    }
    try {
      return look(offset);
    } catch (OffsetOutOfRangeException e) {
      return beyondTheLog(offset) ? new Gone() : new NotYet();
    } catch (RetriableException e) {
      return new NotYet();
    }
  }

  private Answer look(long offset) {
    if (offset < from || offset > consumer.position(partition) + STRIDE) {
      seek(offset);
    }
    if (offset >= consumer.position(partition)) {
      held.addAll(consumer.poll(Duration.ZERO).records(partition));
    }
    while (!held.isEmpty() && held.peek().offset() < offset) {
      held.remove();
    }
    from = offset;
    if (!held.isEmpty() && held.peek().offset() == offset) {
      return new Here(held.peek());
    }
    return offset < consumer.position(partition) ? new Gone() : new NotYet();
  }

  private void seek(long offset) {
    held.clear();
    from = offset;
    consumer.seek(partition, offset);
  }

  private boolean beyondTheLog(long offset) {
    List<TopicPartition> one = List.of(partition);
    logStart = consumer.beginningOffsets(one, PATIENCE).get(partition);
    long end = consumer.endOffsets(one, PATIENCE).get(partition);
    seek(Math.max(offset, logStart));
    return offset < logStart || offset >= end;
  }

  @Override
  public void close() {
    held.clear();
    if (consumer != null) {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
      consumer = null;
    }
  }
}
