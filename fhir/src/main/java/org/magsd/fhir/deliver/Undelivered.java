package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topic of reports that could not be delivered: key and value as they were, headers that say
 * why and whence. No header holds patient data. A report larger than the topic takes is kept
 * elsewhere, and the value refers to it: it would hold up its partition for ever.
 */
public final class Undelivered implements AutoCloseable {
  static final String REASON = "reason";
  static final String STATUS = "status";
  static final String OUTCOME = "operation-outcome";
  static final String ATTEMPTS = "attempts";
  static final String TOPIC = "original-topic";
  static final String PARTITION = "original-partition";
  static final String OFFSET = "original-offset";

  /** The reason of reports that people have finalised, withdrawn or deleted. */
  public static final String REVIEWED = FailureKind.REVIEWED.word();

  /** A header of records that only refer to their report. */
  public static final String BY_REFERENCE = "by-reference";

  /**
   * The value itself is bounded by the topic it came from; request and memory only must not be
   * smaller: what does not fit is never sent. Memory is taken as needed.
   */
  private static final int LARGEST_REQUEST = Integer.MAX_VALUE;

  private static final long MEMORY = 1L << 31;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Supplier<Producer<byte[], byte[]>> producers;
  private final String topic;
  private final LargeReports large;
  private final Duration patience;

  /** Guarded by this; empty after a failure that may be the producer's own. */
  private Optional<Producer<byte[], byte[]>> producer;

  Undelivered(Map<String, Object> kafka, String topic, LargeReports large) {
    this(() -> producer(kafka), topic, large, PATIENCE.multipliedBy(2));
  }

  /**
   * @param patience for the answer of a producer, which knows of a failure earlier if it is alive
   */
  Undelivered(
      Supplier<Producer<byte[], byte[]>> producers,
      String topic,
      LargeReports large,
      Duration patience) {
    this.producers = producers;
    this.topic = topic;
    this.large = large;
    this.patience = patience;
    this.producer = Optional.of(producers.get());
  }

  private static Producer<byte[], byte[]> producer(Map<String, Object> kafka) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_REQUEST);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, MEMORY);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis() / 2);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Why a report was given up. */
  record Cause(FailureKind kind, Optional<Integer> status, String outcome, int attempts) {}

  /**
   * Returns when the brokers have it.
   *
   * @throws KafkaException if they do not
   */
  void write(ConsumerRecord<byte[], byte[]> report, Cause cause) throws InterruptedException {
    ProducerRecord<byte[], byte[]> copy =
        new ProducerRecord<>(topic, null, report.key(), report.value(), report.headers());
    Headers headers = copy.headers();
    set(headers, REASON, cause.kind().word());
    headers.remove(STATUS);
    cause.status().ifPresent(status -> set(headers, STATUS, String.valueOf(status)));
    headers.remove(OUTCOME);
    if (!cause.outcome().isEmpty()) {
      set(headers, OUTCOME, cause.outcome());
    }
    set(headers, ATTEMPTS, String.valueOf(cause.attempts()));
    set(headers, TOPIC, report.topic());
    set(headers, PARTITION, String.valueOf(report.partition()));
    set(headers, OFFSET, String.valueOf(report.offset()));
    try {
      send(copy);
    } catch (KafkaException e) {
      if (!(e.getCause() instanceof RecordTooLargeException)) {
        throw e;
      }
      ProducerRecord<byte[], byte[]> reference =
          new ProducerRecord<>(topic, null, report.key(), reference(report.value(), e), headers);
      set(reference.headers(), BY_REFERENCE, "true");
      send(reference);
    }
  }

  private byte[] reference(byte[] report, KafkaException refusal) {
    try {
      byte[] reference = large.keep(report);
      if (reference.length < report.length) {
        return reference;
      }
    } catch (IOException e) {
      refusal.addSuppressed(e);
    }
    throw refusal;
  }

  private void send(ProducerRecord<byte[], byte[]> copy) throws InterruptedException {
    Producer<byte[], byte[]> used = producer();
    try {
      used.send(copy).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException) {
        discard(used);
      }
      throw new KafkaException("not written to " + topic, e.getCause());
    } catch (TimeoutException e) {
      discard(used);
      throw new KafkaException("not written to " + topic + " in time", e);
    } catch (RuntimeException | Error e) {
      discard(used);
      throw e;
    }
  }

  private synchronized Producer<byte[], byte[]> producer() {
    Producer<byte[], byte[]> current = producer.orElseGet(producers);
    producer = Optional.of(current);
    return current;
  }

  /** One whose thread has ended, as for lack of memory, would answer nobody for ever. */
  private void discard(Producer<byte[], byte[]> used) {
    synchronized (this) {
      if (producer.filter(current -> current == used).isEmpty()) {
        return;
      }
      producer = Optional.empty();
    }
    used.close(Duration.ZERO);
  }

  private static void set(Headers headers, String name, String value) {
    headers.remove(name);
    headers.add(name, value.getBytes(UTF_8));
  }

  @Override
  public synchronized void close() {
    producer.ifPresent(current -> current.close(PATIENCE));
  }
}
