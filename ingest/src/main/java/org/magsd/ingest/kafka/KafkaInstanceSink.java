package org.magsd.ingest.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.magsd.ingest.receive.InstanceSink;
import org.magsd.ingest.receive.ReceivedInstance;
import org.magsd.ingest.receive.SinkUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes instances to {@code dicom.instances}: key StudyInstanceUID, value the file, or a {@link
 * BlobReference} where the file is too large for a record, by the configuration or because the
 * topic, which somebody else may have made, refuses it. Once all in-sync replicas hold that record,
 * its place is noted in the index topic, and when that note is acknowledged too the stage
 * completes: so the index never names an instance that is not held, and whatever a sender was told
 * is stored can be found after a restart.
 *
 * <p>One producer writes all instances, another all notes, which so do not queue behind films on
 * one connection. A note is sent on the first one's thread, which waits for the second's memory, at
 * most half of {@code delivery-seconds}, only while notes pile up that the broker does not take.
 * Both are idempotent, wait for nothing before they send, and give up on a record after a bounded
 * time.
 */
public final class KafkaInstanceSink implements InstanceSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaInstanceSink.class);

  /** Header of a record that names its instance. */
  static final String SOP_INSTANCE_UID = "sop-instance-uid";

  private static final int BATCH_BYTES = 256 << 10;

  /** A film leaves in few writes; Kafka's default of 128 KiB wakes both sides for each part. */
  private static final int SEND_BUFFER = 1 << 20;

  private static final long LEAST_BUFFER = 64L << 20;

  /** Notes of some 100 bytes for as many instances as can be on their way. */
  private static final long NOTES_BUFFER = 32L << 20;

  private static final int NOTES_BATCH = 16 << 10;
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);
  private static final Duration REFUSED_PATIENCE = Duration.ofSeconds(10);

  private final KafkaSinkConfig config;
  private final BlobStore blobs;
  private final Producer<String, byte[]> instances;
  private final Producer<String, byte[]> notes;

  /** The configured one, or less: the topic's own limit shows by what it refuses. */
  private final AtomicInteger inlineLimit;

  private volatile boolean answers = true;

  /** No more wait here than receivers have memory for. */
  private final ThreadPoolExecutor refusedFiles =
      new ThreadPoolExecutor(
          1,
          1,
          30,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> new Thread(task, "refused-files"));

  public KafkaInstanceSink(KafkaSinkConfig config) {
    this(config, new BlobStore(config.blobFolder()));
  }

  /**
   * @param blobs of the configured folder, shared with whatever else in this process uses it
   */
  public KafkaInstanceSink(KafkaSinkConfig config, BlobStore blobs) {
    this.config = config;
    this.blobs = blobs;
    this.inlineLimit = new AtomicInteger(config.inlineLimitBytes());
    refusedFiles.allowCoreThreadTimeOut(true);
    int maxRecord = InstanceTopics.maxRecordBytes(config.inlineLimitBytes());
    this.instances = producer(config, BATCH_BYTES, Math.max(LEAST_BUFFER, 2L * maxRecord));
    this.notes = producer(config, NOTES_BATCH, NOTES_BUFFER);
  }

  private static Producer<String, byte[]> producer(
      KafkaSinkConfig config, int batchBytes, long bufferBytes) {
    int deliveryMillis = config.deliverySeconds() * 1_000;
    int maxRecord = InstanceTopics.maxRecordBytes(config.inlineLimitBytes());
    Properties properties = new Properties();
    properties.putAll(config.properties());
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    properties.put(ProducerConfig.BATCH_SIZE_CONFIG, batchBytes);
    properties.put(ProducerConfig.SEND_BUFFER_CONFIG, SEND_BUFFER);
    properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, bufferBytes);
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRecord);
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deliveryMillis);
    properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.max(1_000, deliveryMillis / 2));
    properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Math.max(1_000, deliveryMillis / 2));
    properties.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1_000);
    return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
  }

  /**
   * Whether what was accepted lately has had an answer, good or bad. A producer whose thread has
   * ended, as by an error for lack of memory, gives none, and no other way to tell.
   */
  public boolean answers() {
    return answers;
  }

  @Override
  public CompletionStage<Void> accept(ReceivedInstance instance) {
    CompletableFuture<Void> acknowledged = new CompletableFuture<>();
    answerInAnyCase(acknowledged);
    try {
      // Known from here on, so that the thread which sends the note never waits for it.
      notes.partitionsFor(config.indexTopic());
      if (instance.part10().length <= inlineLimit.get()) {
        inARecord(instance, acknowledged);
      } else {
        byReference(instance, acknowledged);
      }
    } catch (KafkaException | IllegalStateException e) {
      acknowledged.completeExceptionally(unavailable(config.indexTopic(), e));
    }
    return acknowledged;
  }

  /** A record and its note take the patience each, and a file may be sent twice. */
  private void answerInAnyCase(CompletableFuture<Void> acknowledged) {
    var unused =
        acknowledged
            .copy()
            .orTimeout(4L * config.deliverySeconds(), TimeUnit.SECONDS)
            .whenComplete(
                (done, failure) -> {
                  if (failure instanceof TimeoutException silence) {
                    answers = false;
                    acknowledged.completeExceptionally(unavailable(config.topic(), silence));
                  } else {
                    answers = true;
                  }
                });
  }

  private void inARecord(ReceivedInstance instance, CompletableFuture<Void> acknowledged) {
    publish(
        instances,
        record(instance, instance.part10()),
        place -> noteInIndex(instance, place, acknowledged),
        failure -> {
          if (failure instanceof RecordTooLargeException) {
            insteadByReference(instance, acknowledged);
          } else {
            acknowledged.completeExceptionally(unavailable(config.topic(), failure));
          }
        });
  }

  /** On a thread of its own: the producer's would hold up all others while the file is written. */
  private void insteadByReference(ReceivedInstance instance, CompletableFuture<Void> acknowledged) {
    int refused = instance.part10().length;
    if (inlineLimit.getAndUpdate(limit -> Math.min(limit, refused - 1)) >= refused) {
      LOG.warn(
          "{} took no record with a file of {} bytes, though kafka.inline-limit-bytes is {}: files"
              + " as large go to the blob folder until the next start",
          config.topic(),
          refused,
          config.inlineLimitBytes());
    }
    try {
      refusedFiles.execute(() -> byReference(instance, acknowledged));
    } catch (RejectedExecutionException closed) {
      acknowledged.completeExceptionally(unavailable(config.topic(), closed));
    }
  }

  private void byReference(ReceivedInstance instance, CompletableFuture<Void> acknowledged) {
    byte[] reference;
    try {
      reference = blobs.write(instance.part10()).toJson();
    } catch (IOException e) {
      acknowledged.completeExceptionally(
          new SinkUnavailableException("the blob store cannot take a file", e));
      return;
    }
    publish(
        instances,
        record(instance, reference),
        place -> noteInIndex(instance, place, acknowledged),
        failure -> acknowledged.completeExceptionally(unavailable(config.topic(), failure)));
  }

  private ProducerRecord<String, byte[]> record(ReceivedInstance instance, byte[] value) {
    return new ProducerRecord<>(
        config.topic(), null, instance.studyInstanceUid(), value, headers(instance));
  }

  private static List<Header> headers(ReceivedInstance instance) {
    return List.of(
        header(SOP_INSTANCE_UID, instance.sopInstanceUid()),
        header("calling-ae", instance.callingAe()),
        header("received-at", instance.receivedAt().toString()),
        header(TraceParent.HEADER, TraceParent.begin(ThreadLocalRandom.current())));
  }

  private static Header header(String name, String value) {
    return new RecordHeader(name, value.getBytes(UTF_8));
  }

  private void noteInIndex(
      ReceivedInstance instance, RecordMetadata at, CompletableFuture<Void> acknowledged) {
    IndexEntry entry = new IndexEntry(instance.sopClassUid(), at.partition(), at.offset());
    publish(
        notes,
        new ProducerRecord<>(config.indexTopic(), instance.sopInstanceUid(), entry.toJson()),
        place -> acknowledged.complete(null),
        failure -> acknowledged.completeExceptionally(unavailable(config.indexTopic(), failure)));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback hears both outcomes
  private static void publish(
      Producer<String, byte[]> producer,
      ProducerRecord<String, byte[]> record,
      Consumer<RecordMetadata> placed,
      Consumer<Exception> failed) {
    try {
      producer.send(
          record,
          (place, failure) -> {
            if (failure == null) {
              placed.accept(place);
            } else {
              failed.accept(failure);
            }
          });
    } catch (KafkaException | IllegalStateException e) {
      failed.accept(e);
    }
  }

  private static SinkUnavailableException unavailable(String topic, Exception cause) {
    return new SinkUnavailableException(
        "%s did not take a record: %s".formatted(topic, cause.getMessage()), cause);
  }

  /** Waits, within bounds, for what has been accepted: for instances, and then for their notes. */
  @Override
  public void close() {
    refusedFiles.shutdown();
    try {
      if (!refusedFiles.awaitTermination(REFUSED_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("files that {} had refused were not written in time", config.topic());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      instances.close(CLOSE_PATIENCE);
    } finally {
      notes.close(CLOSE_PATIENCE);
    }
  }
}
