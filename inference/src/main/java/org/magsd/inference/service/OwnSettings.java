package org.magsd.inference.service;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Settings of Kafka's clients that the service, or Kafka Streams within it, sets itself. In {@code
 * kafka.properties} they would be passed over without a word, or, behind the prefix of a single
 * client, send that one to other brokers than the rest.
 */
final class OwnSettings {
  private static final String NO_KEY = "";
  private static final String DELIVERY_SECONDS = "kafka.delivery-seconds";

  /** Of all clients that have them; with the configuration's own key, where there is one. */
  private static final Map<String, String> EVERYWHERE =
      Map.ofEntries(
          entry(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "kafka.bootstrap-servers"),
          entry(StreamsConfig.APPLICATION_ID_CONFIG, NO_KEY),
          entry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, NO_KEY),
          entry(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, NO_KEY),
          entry(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "inference.stream-threads"),
          entry(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, "inference.standby-replicas"),
          entry(StreamsConfig.STATE_DIR_CONFIG, "inference.state-folder"),
          entry(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "inference.commit-millis"),
          entry(StreamsConfig.REPLICATION_FACTOR_CONFIG, "kafka.replication"),
          entry(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, NO_KEY),
          entry(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, NO_KEY),
          entry(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, NO_KEY),
          entry(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, NO_KEY),
          entry(StreamsConfig.DEFAULT_CLIENT_SUPPLIER_CONFIG, NO_KEY),
          entry(StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, NO_KEY),
          entry(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, NO_KEY),
          entry(StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, NO_KEY),
          // Earlier names of three of them, which Kafka Streams takes only without the present one.
          entry("cache.max.bytes.buffering", NO_KEY),
          entry("default.deserialization.exception.handler", NO_KEY),
          entry("default.production.exception.handler", NO_KEY),
          entry(CommonClientConfigs.SEND_BUFFER_CONFIG, NO_KEY),
          entry(CommonClientConfigs.RECEIVE_BUFFER_CONFIG, NO_KEY),
          entry(ConsumerConfig.GROUP_ID_CONFIG, "fhir.group-id"),
          entry(ConsumerConfig.GROUP_PROTOCOL_CONFIG, NO_KEY),
          entry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, NO_KEY),
          entry(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, NO_KEY),
          entry(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, NO_KEY),
          entry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, NO_KEY),
          entry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, NO_KEY),
          entry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, NO_KEY),
          entry(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, NO_KEY),
          entry(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, NO_KEY),
          entry(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, NO_KEY),
          entry(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, NO_KEY),
          entry(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, NO_KEY),
          entry(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, NO_KEY),
          entry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, NO_KEY),
          entry(ProducerConfig.TRANSACTIONAL_ID_CONFIG, NO_KEY),
          entry(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "inference.commit-millis"),
          entry(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, "kafka.inline-limit-bytes"),
          entry(ProducerConfig.BUFFER_MEMORY_CONFIG, NO_KEY),
          entry(ProducerConfig.BATCH_SIZE_CONFIG, NO_KEY));

  /** Of clients beside those of Kafka Streams, which take what stands behind a prefix. */
  private static final Map<String, String> BESIDE_STREAMS =
      Map.ofEntries(
          entry(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, DELIVERY_SECONDS),
          entry(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, DELIVERY_SECONDS),
          entry(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_SECONDS),
          entry(ProducerConfig.MAX_BLOCK_MS_CONFIG, DELIVERY_SECONDS),
          entry(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, NO_KEY),
          entry(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, NO_KEY),
          entry(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, NO_KEY),
          entry(ProducerConfig.ACKS_CONFIG, NO_KEY),
          entry(ProducerConfig.LINGER_MS_CONFIG, NO_KEY));

  private OwnSettings() {}

  /**
   * Why a setting is not to be given, if it is not.
   *
   * @param prefix what says for which clients it is; empty: for all
   * @param plain its name behind that
   * @param elsewhere the prefixes behind which it may be known
   */
  static Optional<String> refusal(String prefix, String plain, List<String> elsewhere) {
    if (EVERYWHERE.containsKey(plain)) {
      return Optional.of(use(EVERYWHERE.get(plain)));
    }
    boolean single = !prefix.isEmpty();
    if (single && plain.equals(CommonClientConfigs.CLIENT_ID_CONFIG)) {
      // Kafka Streams makes the names of its clients from the one for all.
      return Optional.of(use("kafka.properties." + plain));
    }
    if (!single && BESIDE_STREAMS.containsKey(plain)) {
      String streams = elsewhere.stream().map(one -> one + plain).collect(Collectors.joining(", "));
      String key = BESIDE_STREAMS.get(plain);
      return Optional.of(
          "the service sets it itself for some clients%s; for those of Kafka Streams use %s"
              .formatted(key.isEmpty() ? "" : " (by " + key + ")", streams));
    }
    return Optional.empty();
  }

  private static String use(String key) {
    return "the service sets it itself" + (key.isEmpty() ? "" : "; use " + key);
  }
}
