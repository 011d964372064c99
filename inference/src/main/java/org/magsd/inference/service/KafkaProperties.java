package org.magsd.inference.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * {@code kafka.properties}, by the definitions of all clients: each would refuse a wrong value only
 * when it is made, and pass over a name that it does not know; what the service sets itself would
 * be passed over too.
 */
final class KafkaProperties {
  private static final String KEY = "kafka.properties.";
  private static final ConfigDef CONSUMER = ConsumerConfig.configDef();
  private static final ConfigDef PRODUCER = ProducerConfig.configDef();
  private static final ConfigDef ADMIN = AdminClientConfig.configDef();
  private static final ConfigDef STREAMS = StreamsConfig.configDef();

  private static final String EVERY_CLIENT = "";

  /**
   * For which clients, or topics that Kafka Streams makes, a setting is, by what it begins with.
   */
  private static final Map<String, List<ConfigDef>> BY_PREFIX =
      Map.of(
          EVERY_CLIENT,
          List.of(ADMIN, PRODUCER, CONSUMER, STREAMS),
          StreamsConfig.CONSUMER_PREFIX,
          List.of(CONSUMER),
          StreamsConfig.MAIN_CONSUMER_PREFIX,
          List.of(CONSUMER),
          StreamsConfig.RESTORE_CONSUMER_PREFIX,
          List.of(CONSUMER),
          StreamsConfig.GLOBAL_CONSUMER_PREFIX,
          List.of(CONSUMER),
          StreamsConfig.PRODUCER_PREFIX,
          List.of(PRODUCER),
          StreamsConfig.ADMIN_CLIENT_PREFIX,
          List.of(ADMIN),
          StreamsConfig.TOPIC_PREFIX,
          List.of(LogConfig.configDefCopy()));

  /** Those of Kafka Streams' clients that differ in what they know. */
  private static final List<String> KINDS =
      List.of(
          StreamsConfig.CONSUMER_PREFIX,
          StreamsConfig.PRODUCER_PREFIX,
          StreamsConfig.ADMIN_CLIENT_PREFIX);

  /** Lists of classes, beside the settings that are defined as a class. */
  private static final Set<String> LISTS_OF_PLUG_INS =
      Set.of(
          ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG,
          ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG,
          ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
          ConsumerConfig.SECURITY_PROVIDERS_CONFIG,
          AbstractConfig.CONFIG_PROVIDERS_CONFIG);

  /** Kafka's clients would look for these two in the working directory. */
  private static final Set<String> FILES =
      Set.of(SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG, SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG);

  /** Begins a value that a provider of {@code config.providers} fetches from elsewhere. */
  private static final String FETCHED = "${";

  /** A setting's name, without and with what says for which clients it is. */
  private record Name(String prefix, String plain) {
    static Name of(String key) {
      String prefix =
          BY_PREFIX.keySet().stream()
              .filter(one -> !one.isEmpty() && key.startsWith(one))
              .findFirst()
              .orElse(EVERY_CLIENT);
      return new Name(prefix, key.substring(prefix.length()));
    }

    boolean isKnown() {
      return (prefix.isEmpty() && plain.startsWith(StreamsConfig.CLIENT_TAG_PREFIX))
          || BY_PREFIX.get(prefix).stream().anyMatch(one -> one.names().contains(plain));
    }

    boolean namesAPlugIn() {
      return LISTS_OF_PLUG_INS.contains(plain)
          || BY_PREFIX.get(prefix).stream()
              .map(one -> one.configKeys().get(plain))
              .anyMatch(key -> key != null && key.type == ConfigDef.Type.CLASS);
    }
  }

  private KafkaProperties() {}

  /**
   * The same with the key stores found below the installation.
   *
   * @throws IllegalArgumentException naming a key that no client knows, unless it may be a
   *     plug-in's, one that the service sets itself, or one whose value is of no use to its client
   */
  static Map<String, String> checked(Map<String, String> properties) {
    List<String> unknown = unknown(properties);
    if (!unknown.isEmpty() && !namesAPlugIn(properties)) {
      Name name = Name.of(unknown.get(0));
      throw new IllegalArgumentException(
          KEY
              + unknown.get(0)
              + (name.prefix().isEmpty()
                  ? ": no Kafka client has such a setting"
                  : ": behind %s there is no such setting".formatted(name.prefix())));
    }
    refuseOwn(properties);
    refuseWrongValues(properties);
    return belowHome(properties);
  }

  /** The keys that no Kafka client knows, in their order; a plug-in may know them. */
  static List<String> unknown(Map<String, String> properties) {
    return properties.keySet().stream().filter(key -> !Name.of(key).isKnown()).sorted().toList();
  }

  private static boolean namesAPlugIn(Map<String, String> properties) {
    return properties.keySet().stream().map(Name::of).anyMatch(Name::namesAPlugIn);
  }

  private static void refuseOwn(Map<String, String> properties) {
    for (String key : new TreeSet<>(properties.keySet())) {
      refusal(key)
          .ifPresent(
              why -> {
                throw new IllegalArgumentException(KEY + key + ": " + why);
              });
    }
  }

  /** Why a setting is the service's own, if it is. */
  static Optional<String> refusal(String key) {
    Name name = Name.of(key);
    List<String> elsewhere =
        KINDS.stream().filter(kind -> new Name(kind, name.plain()).isKnown()).toList();
    return OwnSettings.refusal(name.prefix(), name.plain(), elsewhere);
  }

  private static void refuseWrongValues(Map<String, String> properties) {
    boolean fetches = properties.containsKey(AbstractConfig.CONFIG_PROVIDERS_CONFIG);
    Map<String, Map<String, String>> groups = new TreeMap<>();
    properties.forEach(
        (key, value) -> {
          Name name = Name.of(key);
          if (!fetches || !value.contains(FETCHED)) {
            groups.computeIfAbsent(name.prefix(), one -> new HashMap<>()).put(name.plain(), value);
          }
        });
    groups.forEach(
        (prefix, values) ->
            firstWrong(prefix, values)
                .ifPresent(
                    wrong -> {
                      throw new IllegalArgumentException(
                          KEY + prefix + wrong.name() + ": " + wrong.errorMessages().get(0));
                    }));
  }

  private static Optional<ConfigValue> firstWrong(String prefix, Map<String, String> values) {
    List<ConfigValue> validated = new ArrayList<>();
    BY_PREFIX.get(prefix).forEach(client -> validated.addAll(client.validate(values)));
    return validated.stream()
        .filter(one -> values.containsKey(one.name()) && !one.errorMessages().isEmpty())
        .findFirst();
  }

  private static Map<String, String> belowHome(Map<String, String> properties) {
    Map<String, String> resolved = new HashMap<>(properties);
    resolved.replaceAll(
        (key, value) ->
            FILES.contains(Name.of(key).plain()) && !value.contains(FETCHED)
                ? Home.resolve(Path.of(value)).toString()
                : value);
    return Map.copyOf(resolved);
  }
}
