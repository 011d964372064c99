package org.magsd.inference.console;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads along on topics without belonging to a group, changing nothing: every watcher sees every
 * committed record.
 */
public final class TopicWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicWatch.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<String, Object> client;
  private final List<String> topics;
  private final ToLongFunction<String> lookBack;
  private final RecordListener listener;
  private final Thread thread;
  private volatile boolean closing;

  /** Hears each record. */
  @FunctionalInterface
  public interface RecordListener {
    void accept(ConsumerRecord<String, byte[]> record);
  }

  private TopicWatch(
      Map<String, Object> client,
      List<String> topics,
      ToLongFunction<String> lookBack,
      RecordListener listener) {
    this.topics = List.copyOf(topics);
    this.lookBack = lookBack;
    this.listener = listener;
    this.client = new HashMap<>(client);
    this.client.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    this.client.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    this.thread = new Thread(this::watch, "magsd-topic-watch");
    this.thread.setDaemon(true);
  }

  /**
   * Watches until closed.
   *
   * @param lookBack how many places before the end of each partition to begin; the end of a
   *     transaction takes one, too
   * @param listener called on the watcher's thread; a record at which it throws is passed over
   */
  public static TopicWatch start(
      Map<String, Object> client, List<String> topics, long lookBack, RecordListener listener) {
    return start(client, topics, topic -> lookBack, listener);
  }

  /**
   * The same with a look-back for each topic: records may be large.
   *
   * @param lookBack by topic
   */
  public static TopicWatch start(
      Map<String, Object> client,
      List<String> topics,
      ToLongFunction<String> lookBack,
      RecordListener listener) {
    TopicWatch watch = new TopicWatch(client, topics, lookBack, listener);
    watch.thread.start();
    return watch;
  }

  private void watch() {
    while (!closing) {
      try (Consumer<String, byte[]> consumer =
          new KafkaConsumer<>(client, new StringDeserializer(), new ByteArrayDeserializer())) {
        seekNearEnd(consumer, topics, lookBack);
        while (!closing) {
          consumer.poll(POLL).forEach(record -> hear(listener, record));
        }
      } catch (RuntimeException | Error e) {
        if (!closing) {
          LOG.warn(
              "lost sight of the topics, will look again: {}",
              e instanceof KafkaException ? e.toString() : e.getClass().getName());
          pause();
        }
      }
    }
  }

  /** One odd record ends nothing. The kind of trouble alone: a message may quote the record. */
  static void hear(RecordListener listener, ConsumerRecord<String, byte[]> record) {
    try {
      listener.accept(record);
    } catch (RuntimeException | Error e) {
      LOG.warn("{} {} is passed over: {}", record.topic(), record.offset(), e.getClass().getName());
    }
  }

  private void pause() {
    try {
      Thread.sleep(POLL.toMillis() * 5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closing = true;
    }
  }

  static void seekNearEnd(
      Consumer<?, ?> consumer, List<String> topics, ToLongFunction<String> lookBack) {
    List<TopicPartition> partitions =
        topics.stream()
            .flatMap(
                topic ->
                    Stream.ofNullable(consumer.partitionsFor(topic, PATIENCE))
                        .flatMap(List::stream)
                        .map(found -> new TopicPartition(topic, found.partition())))
            .toList();
    consumer.assign(partitions);
    Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, PATIENCE);
    consumer
        .endOffsets(partitions, PATIENCE)
        .forEach(
            (partition, end) ->
                consumer.seek(
                    partition,
                    Math.max(
                        starts.get(partition), end - lookBack.applyAsLong(partition.topic()))));
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join(PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
