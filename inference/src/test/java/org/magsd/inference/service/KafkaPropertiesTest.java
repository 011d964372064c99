package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaPropertiesTest {
  @ParameterizedTest
  @CsvSource({
    "heartbeat.interval.ms, abc",
    "consumer.heartbeat.interval.ms, abc",
    "main.consumer.heartbeat.interval.ms, abc",
    "restore.consumer.fetch.min.bytes, -1",
    "global.consumer.security.protocol, none",
    "producer.acks, bananas",
    "admin.request.timeout.ms, soon",
    "topic.retention.ms, abc",
    "topic.cleanup.policy, burn",
  })
  void refusesAValueThatItsClientWouldRefuse(String key, String value) {
    assertThatThrownBy(() -> KafkaProperties.checked(Map.of(key, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("kafka.properties." + key + ": Invalid value " + value);
  }

  @ParameterizedTest
  @CsvSource({
    "security.protocl, no Kafka client has such a setting",
    "metrics.of.mine, no Kafka client has such a setting",
    "producer.session.timeout.ms, behind producer. there is no such setting",
    "consumer.acks, behind consumer. there is no such setting",
    "topic.retention, behind topic. there is no such setting",
    "producer.client.tag.zone, behind producer. there is no such setting",
  })
  void refusesANameThatNoClientWouldHeed(String key, String why) {
    assertThatThrownBy(() -> KafkaProperties.checked(Map.of(key, "1")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kafka.properties." + key + ": " + why);
  }

  @ParameterizedTest
  @CsvSource({
    "topic.retention.ms, 86400000",
    "topic.min.insync.replicas, 2",
    "client.tag.zone, a",
    "global.consumer.fetch.min.bytes, 1",
    "main.consumer.fetch.min.bytes, 1",
    "producer.acks, all",
    "security.protocol, SSL",
  })
  void takesWhatKafkaStreamsHandsOn(String key, String value) {
    assertThat(KafkaProperties.checked(Map.of(key, value))).containsEntry(key, value);
  }

  @ParameterizedTest
  @CsvSource({
    "metric.reporters, org.example.Reporter",
    "main.consumer.interceptor.classes, org.example.Interceptor",
    "security.providers, org.example.Providers",
    "sasl.login.callback.handler.class, org.apache.kafka.clients.admin.Admin",
    "config.providers, env",
  })
  void leavesToPlugInsWhatOnlyTheyCanKnow(String plugIn, String type) {
    Map<String, String> properties = Map.of(plugIn, type, "of.its.own", "1");

    assertThat(KafkaProperties.checked(properties)).isEqualTo(properties);
    assertThat(KafkaProperties.unknown(properties)).containsExactly("of.its.own");
  }

  @Test
  void doesNotJudgeAValueThatIsYetToBeFetched() {
    Map<String, String> properties =
        Map.of(
            "config.providers", "env",
            "config.providers.env.class",
                "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
            "heartbeat.interval.ms", "${env:INTERVAL}",
            "ssl.keystore.location", "${env:KEYS}");

    assertThat(KafkaProperties.checked(properties)).isEqualTo(properties);
    assertThatThrownBy(
            () -> KafkaProperties.checked(Map.of("heartbeat.interval.ms", "${env:INTERVAL}")))
        .hasMessageStartingWith("kafka.properties.heartbeat.interval.ms: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "consumer.", "main.consumer.", "restore.consumer.", "producer.", "admin."})
  void findsKeyStoresBelowTheInstallation(String prefix) {
    String keys = prefix + "ssl.keystore.location";
    String trusted = prefix + "ssl.truststore.location";

    Map<String, String> checked =
        KafkaProperties.checked(Map.of(keys, "keys.p12", trusted, "/etc/trusted.p12"));

    assertThat(checked.get(keys)).isEqualTo(Home.resolve(Path.of("keys.p12")).toString());
    assertThat(checked).containsEntry(trusted, "/etc/trusted.p12");
  }
}
