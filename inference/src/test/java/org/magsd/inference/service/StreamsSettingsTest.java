package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.magsd.inference.stream.DeadLetters;
import org.magsd.inference.stream.Topics;

class StreamsSettingsTest {
  @Test
  void runsExactlyOnceWithEveryErrorOnItsWay() {
    assertThat(StreamsSettings.of(ServiceConfig.defaults()))
        .containsEntry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2)
        .containsEntry(
            StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetters.class)
        .containsEntry(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetters.class)
        .containsEntry(StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetters.class);
  }

  @Test
  void keepsAsManyStandbyReplicasAsConfigured() {
    ServiceConfig config = ServiceConfig.parse("inference: {standby-replicas: 2}");

    assertThat(StreamsSettings.of(config))
        .containsEntry(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 2);
  }

  /**
   * Others wait for the transaction of an instance that died: films under way are no part of it.
   */
  @Test
  void aTransactionOutlastsACommitAndNoMore() {
    for (String films : List.of("", ", film-seconds: 300, films-under-way: 4096")) {
      ServiceConfig config = ServiceConfig.parse("inference: {commit-millis: 500" + films + "}");

      assertThat(StreamsSettings.of(config))
          .containsEntry("producer.transaction.timeout.ms", 20_500);
    }
  }

  /** Its clients would set them to sizes of their own, which then stay as they are. */
  @Test
  void theBuffersOfSocketsAreTheSystemsAffair() {
    StreamsConfig settings =
        new StreamsConfig(
            StreamsSettings.of(ServiceConfig.parse("kafka: {bootstrap-servers: 'broker:9092'}")));

    assertThat(settings.getMainConsumerConfigs("group", "one", 1))
        .containsEntry("receive.buffer.bytes", -1);
    assertThat(settings.getRestoreConsumerConfigs("one")).containsEntry("receive.buffer.bytes", -1);
    assertThat(settings.getProducerConfigs("one")).containsEntry("send.buffer.bytes", -1);
  }

  @Test
  void aFilmsOwnTimeIsWithinThePatienceWithAll() {
    ServiceConfig config =
        ServiceConfig.parse("inference: {film-seconds: 300, films-under-way: 4096}");

    assertThat(config.inference().patience()).isGreaterThan(Duration.ofSeconds(300 + 4096 / 5));
  }

  /** Else a film that is to be rejected could never be sent. */
  @Test
  void theLargestRejectedFilmFitsIntoTheProducer() {
    ServiceConfig config = ServiceConfig.parse("kafka: {inline-limit-bytes: 536870912}");
    Properties settings = StreamsSettings.of(config);

    assertThat((long) settings.get("producer.buffer.memory"))
        .isGreaterThan((int) settings.get("producer.max.request.size"));
  }

  @Test
  void reportsHaveRoomHoweverSmallTheInlineLimitIs() {
    ServiceConfig config = ServiceConfig.parse("kafka: {inline-limit-bytes: 1024}");
    Properties settings = StreamsSettings.of(config);

    assertThat(config.kafka().maxRecordBytes()).isGreaterThan(4 << 20);
    assertThat(settings.get("producer.max.request.size"))
        .isEqualTo(Topics.maxRejectedBytes(config.kafka().maxRecordBytes()));
    assertThat(Topics.definitions(1, (short) 1, 1024))
        .filteredOn(topic -> topic.name().equals("fhir.diagnostic-reports"))
        .allSatisfy(
            topic ->
                assertThat(Integer.parseInt(topic.configs().get("max.message.bytes")))
                    .isEqualTo(config.kafka().maxRecordBytes()));
  }
}
