package org.magsd.inference.service;

import static org.apache.kafka.streams.StreamsConfig.consumerPrefix;
import static org.apache.kafka.streams.StreamsConfig.producerPrefix;

import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.magsd.inference.stream.DeadLetters;
import org.magsd.inference.stream.ScreeningListener;
import org.magsd.inference.stream.Topics;
import org.magsd.inference.stream.WatchingClients;
import org.magsd.ingest.kafka.BlobStore;

/** How Kafka Streams runs the topology. */
public final class StreamsSettings {
  /** Consumer group, prefix of transactional ids and of internal topics. */
  public static final String APPLICATION = "magsd-screening";

  /**
   * What a commit may take, also while the partitions of a broker that died go over to another,
   * some 10 s. It waits for no film: those that are not finished are written down with it. What
   * rarely takes longer begins again at the last commit.
   */
  private static final int COMMIT_MILLIS = 20_000;

  private static final int SESSION_MILLIS = 10_000;
  private static final int RECORDS_AT_A_TIME = 16;
  private static final int FETCH_BYTES = 32 << 20;

  /** Reports and images are tens of kilobytes: several go to the broker at a time. */
  private static final int SEND_BYTES = 256 << 10;

  /**
   * Of sockets: what the operating system makes of it. A size that is set, as Kafka's own of 64 and
   * 128 KiB, keeps Linux from letting the buffer grow with the distance.
   */
  private static final int OS_BUFFER = -1;

  private StreamsSettings() {}

  /** For who does not listen. */
  public static Properties of(ServiceConfig config) {
    return of(config, ScreeningListener.NONE, new BlobStore(config.kafka().blobFolder()));
  }

  /**
   * Everything Kafka Streams is told.
   *
   * @param listener hears what goes to {@code dicom.rejected} by an error handler
   * @param blobs takes of that what the topic has no room for
   */
  static Properties of(ServiceConfig config, ScreeningListener listener, BlobStore blobs) {
    InferenceSettings inference = config.inference();
    Properties p = new Properties();
    p.putAll(config.kafka().client());
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION);
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, inference.streamThreads());
    p.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, inference.standbyReplicas());
    p.put(StreamsConfig.STATE_DIR_CONFIG, inference.stateFolder().toString());
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, inference.commitMillis());
    p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, config.kafka().replication());
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    p.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, StateMemory.class);
    // No task has more than one topic to wait for.
    p.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    // Films are large: few are held ready per partition.
    p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, RECORDS_AT_A_TIME);
    p.put(consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), RECORDS_AT_A_TIME);
    p.put(consumerPrefix(ConsumerConfig.FETCH_MAX_BYTES_CONFIG), FETCH_BYTES);
    p.put(consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), OS_BUFFER);
    p.put(consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    p.put(consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_MILLIS);
    p.put(
        producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
        Topics.maxRejectedBytes(config.kafka().maxRecordBytes()));
    p.put(
        producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG),
        Topics.producerBytes(Topics.maxRejectedBytes(config.kafka().maxRecordBytes())));
    p.put(producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), SEND_BYTES);
    p.put(producerPrefix(ProducerConfig.SEND_BUFFER_CONFIG), OS_BUFFER);
    // So long nobody reads what comes behind a transaction of an instance that died. A thread that
    // takes longer itself loses it and begins again at the last commit.
    p.put(
        producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
        inference.commitMillis() + COMMIT_MILLIS);
    p.putAll(DeadLetters.settings(listener, blobs));
    p.putAll(WatchingClients.settings());
    return p;
  }
}
