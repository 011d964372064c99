package org.magsd.ingest.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.magsd.ingest.receive.InstanceSink;
import org.magsd.ingest.receive.ReceivedInstance;
import org.magsd.ingest.receive.SinkUnavailableException;

/**
 * Publishes instances to {@code dicom.instances}: key StudyInstanceUID, value the file, or a {@link
 * BlobReference} where the file is too large for a record. Once all in-sync replicas hold that
 * record, its place is noted in the index topic, and when that note is acknowledged too the stage
 * completes: so the index never names an instance that is not held, and whatever a sender was told
 * is stored can be found after a restart.
 *
 * <p>One producer serves all receivers. It is idempotent, waits for nothing before it sends, and
 * gives up on a record after a bounded time.
 */
public final class KafkaInstanceSink implements InstanceSink, AutoCloseable {
  /** Header of a record that names its instance. */
  static final String SOP_INSTANCE_UID = "sop-instance-uid";

  private static final int BATCH_BYTES = 256 << 10;

  /** A film leaves in few writes; Kafka's default of 128 KiB wakes both sides for each part. */
  private static final int SEND_BUFFER = 1 << 20;

  private static final long LEAST_BUFFER = 64L << 20;
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);

  private final KafkaSinkConfig config;
  private final BlobStore blobs;
  private final Producer<String, byte[]> producer;

  /** Not the producer's own thread, which must never wait for the producer's metadata or memory. */
  private final ExecutorService indexer =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "instance-index"));

  public KafkaInstanceSink(KafkaSinkConfig config) {
    this.config = config;
    this.blobs = new BlobStore(config.blobFolder());
    this.producer =
        new KafkaProducer<>(
            producerProperties(config), new StringSerializer(), new ByteArraySerializer());
  }

  private static Properties producerProperties(KafkaSinkConfig config) {
    int deliveryMillis = config.deliverySeconds() * 1_000;
    int maxRecord = InstanceTopics.maxRecordBytes(config.inlineLimitBytes());
    Properties properties = new Properties();
    properties.putAll(config.properties());
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    properties.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    properties.put(ProducerConfig.SEND_BUFFER_CONFIG, SEND_BUFFER);
    properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Math.max(LEAST_BUFFER, 2L * maxRecord));
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRecord);
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deliveryMillis);
    properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.max(1_000, deliveryMillis / 2));
    properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Math.max(1_000, deliveryMillis / 2));
    properties.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1_000);
    return properties;
  }

  @Override
  public CompletionStage<Void> accept(ReceivedInstance instance) {
    CompletableFuture<Void> acknowledged = new CompletableFuture<>();
    try {
      ProducerRecord<String, byte[]> stored =
          new ProducerRecord<>(
              config.topic(),
              null,
              instance.studyInstanceUid(),
              value(instance),
              headers(instance));
      String sopInstance = instance.sopInstanceUid();
      String sopClass = instance.sopClassUid();
      publish(
          stored,
          acknowledged,
          place -> indexer.execute(() -> noteInIndex(sopInstance, sopClass, place, acknowledged)));
    } catch (IOException e) {
      acknowledged.completeExceptionally(
          new SinkUnavailableException("the blob store cannot take a file", e));
    }
    return acknowledged;
  }

  private byte[] value(ReceivedInstance instance) throws IOException {
    byte[] file = instance.part10();
    return file.length <= config.inlineLimitBytes() ? file : blobs.write(file).toJson();
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
      String sopInstance,
      String sopClass,
      RecordMetadata at,
      CompletableFuture<Void> acknowledged) {
    IndexEntry entry = new IndexEntry(sopClass, at.partition(), at.offset());
    publish(
        new ProducerRecord<>(config.indexTopic(), sopInstance, entry.toJson()),
        acknowledged,
        place -> acknowledged.complete(null));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback hears both outcomes
  private void publish(
      ProducerRecord<String, byte[]> note, CompletableFuture<Void> acknowledged, Placed next) {
    Callback callback =
        (place, failure) -> {
          try {
            if (failure == null) {
              next.at(place);
            } else {
              acknowledged.completeExceptionally(unavailable(note.topic(), failure));
            }
          } catch (RejectedExecutionException closed) {
            acknowledged.completeExceptionally(unavailable(note.topic(), closed));
          }
        };
    try {
      producer.send(note, callback);
    } catch (KafkaException | IllegalStateException e) {
      acknowledged.completeExceptionally(unavailable(note.topic(), e));
    }
  }

  private static SinkUnavailableException unavailable(String topic, Exception cause) {
    return new SinkUnavailableException(
        "%s did not take a record: %s".formatted(topic, cause.getMessage()), cause);
  }

  /** Waits, within bounds, for what has been accepted. */
  @Override
  public void close() {
    try {
      producer.flush();
      indexer.shutdown();
      if (!indexer.awaitTermination(CLOSE_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        indexer.shutdownNow();
      }
    } catch (KafkaException e) {
      indexer.shutdownNow(); // interrupted: those who wait learn that nothing is certain
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      producer.close(CLOSE_PATIENCE);
    }
  }

  private interface Placed {
    void at(RecordMetadata place);
  }
}
