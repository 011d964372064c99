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
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;

/**
 * Reads records of one partition a second time, mostly one after the other. It does not wait for
 * the broker: what is not there yet is asked for, and is there at a later question.
 */
final class SecondReading implements AutoCloseable {
  private static final int RECORDS_AT_A_TIME = 16;

  /** So many records may be read over on the way to the one wanted. */
  private static final int STRIDE = 16;

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Pause after a broker did not answer. */
  private static final long PAUSE_NANOS = PATIENCE.toNanos();

  private final TopicPartition partition;
  private final Supplier<Consumer<byte[], byte[]>> connect;
  private final FetchShares shares;
  private final Deque<ConsumerRecord<byte[], byte[]>> held = new ArrayDeque<>();
  private Consumer<byte[], byte[]> consumer;

  /** What lies from here up to the consumer's position has been read, and what is there is held. */
  private long from;

  private long notBefore = System.nanoTime();

  /** Where a record is. */
  sealed interface Answer {}

  record Here(ConsumerRecord<byte[], byte[]> found) implements Answer {}

  /** On its way. */
  record NotYet() implements Answer {}

  /** The broker is away, and is not asked for a while. */
  record NotNow() implements Answer {}

  /** No longer in the log. */
  record Gone() implements Answer {}

  /**
   * @param connect makes the consumer when it is first needed
   */
  SecondReading(TopicPartition partition, Supplier<Consumer<byte[], byte[]>> connect) {
    this(partition, connect, new FetchShares());
  }

  private SecondReading(
      TopicPartition partition, Supplier<Consumer<byte[], byte[]>> connect, FetchShares shares) {
    this.partition = partition;
    this.connect = connect;
    this.shares = shares;
    shares.begin(partition);
  }

  /**
   * With a consumer like those with which Streams restores stores: of no group, and committed
   * records only.
   *
   * @param settings of the running application
   */
  static SecondReading of(TopicPartition partition, Map<String, ?> settings) {
    FetchShares shares = FetchShares.of(settings);
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
          consumer.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, shares.bytes());
          return new KafkaConsumer<>(
              consumer, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        },
        shares);
  }

  /**
   * @throws StreamsException when it cannot be read, and waiting is of no use; never another one of
   *     Kafka's, which would be taken for the fault of the record that is just processed
   */
  Answer at(long offset) {
    if (System.nanoTime() - notBefore < 0) {
      return new NotNow();
    }
    try {
      return read(offset);
    } catch (RetriableException e) {
      notBefore = System.nanoTime() + PAUSE_NANOS;
      return new NotNow();
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      throw new StreamsException(
          "films of %s cannot be read again: %s".formatted(partition, e.getMessage()), e);
    }
  }

  private Answer read(long offset) {
    if (consumer == null) {
      consumer = connect.get();
    }
    if (consumer.assignment().isEmpty()) {
      consumer.assign(List.of(partition));
      seek(offset);
    }
    try {
      return look(offset);
    } catch (OffsetOutOfRangeException e) {
      return beyondTheLog(offset) ? new Gone() : new NotYet();
    }
  }

  /** Nothing is wanted for now: what was fetched ahead is let go. */
  void rest() {
    held.clear();
    if (consumer != null) {
      consumer.unsubscribe();
    }
  }

  private Answer look(long offset) {
    if (offset < from || offset > position() + STRIDE) {
      seek(offset);
    }
    if (offset >= position()) {
      held.addAll(consumer.poll(Duration.ZERO).records(partition));
    }
    while (!held.isEmpty() && held.peek().offset() < offset) {
      held.remove();
    }
    from = offset;
    if (!held.isEmpty() && held.peek().offset() == offset) {
      return new Here(held.peek());
    }
    return offset < position() ? new Gone() : new NotYet();
  }

  private void seek(long offset) {
    held.clear();
    from = offset;
    consumer.seek(partition, offset);
  }

  /** Does not wait either, where a new leader of the partition has yet to confirm it. */
  private long position() {
    return consumer.position(partition, Duration.ZERO);
  }

  private boolean beyondTheLog(long offset) {
    List<TopicPartition> one = List.of(partition);
    seek(offset);
    return offset < consumer.beginningOffsets(one, PATIENCE).get(partition)
        || offset >= consumer.endOffsets(one, PATIENCE).get(partition);
  }

  @Override
  public void close() {
    shares.end(partition);
    held.clear();
    if (consumer != null) {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
      consumer = null;
    }
  }
}
