package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.magsd.inference.service.KafkaSettings;
import org.magsd.inference.service.SeenSettings;

class SecondReadingTest {
  private static final TopicPartition PARTITION = new TopicPartition("films", 3);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final SecondReading again = new SecondReading(PARTITION, () -> consumer);

  @BeforeEach
  void aLogOfWhichTheFirstFiveAreDeleted() {
    consumer.updateBeginningOffsets(Map.of(PARTITION, 5L));
    consumer.updateEndOffsets(Map.of(PARTITION, 100L));
  }

  /** Nobody is to give them in vain. */
  @Test
  void whatItsConsumerIsToldIsTakenFromNoConfiguration() {
    Map<String, Object> settings = SeenSettings.client();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);

    try (SecondReading one = SecondReading.of(PARTITION, settings)) {
      one.at(0);
    }

    assertThat(SeenSettings.names()).contains("max.partition.fetch.bytes");
    for (String name : SeenSettings.names()) {
      Map<String, String> given = Map.of(name, "1");
      assertThatThrownBy(
              () -> new KafkaSettings(null, null, null, null, null, null, null, null, given))
          .hasMessageStartingWith("kafka.properties." + name + ": the service sets it itself");
    }
  }

  @Test
  void findsRecordsInTheirOrderAndThoseThatWereReadOverNoMore() {
    assertThat(again.at(10)).isInstanceOf(SecondReading.NotYet.class);
    arrive(10, 11, 13);

    assertHere(10);
    assertHere(10);
    assertHere(11);
    assertThat(again.at(12)).isInstanceOf(SecondReading.Gone.class);
    assertHere(13);
  }

  @Test
  void goesBackAndFar() {
    assertThat(again.at(90)).isInstanceOf(SecondReading.NotYet.class);
    arrive(90);
    assertHere(90);

    assertThat(again.at(10)).isInstanceOf(SecondReading.NotYet.class);
    assertThat(consumer.position(PARTITION)).isEqualTo(10);
    arrive(10);
    assertHere(10);
  }

  @Test
  void whatRetentionHasDeletedIsGoneAndTheRestIsFound() {
    assertThat(again.at(2)).isInstanceOf(SecondReading.NotYet.class);
    arrive(5);
    assertThat(again.at(2)).isInstanceOf(SecondReading.Gone.class);
    assertThat(again.at(4)).isInstanceOf(SecondReading.Gone.class);
    SecondReading.Answer next = again.at(5);
    if (next instanceof SecondReading.NotYet) {
      arrive(5);
      assertHere(5);
    }
  }

  @Test
  void aBrokerThatIsAwayIsAskedAgain() {
    assertThat(again.at(10)).isInstanceOf(SecondReading.NotYet.class);
    consumer.setPollException(new TimeoutException("away"));
    assertThat(again.at(10)).isInstanceOf(SecondReading.NotNow.class);
    arrive(10);
    await().untilAsserted(() -> assertHere(10));
  }

  @Test
  void whatNoWaitingHelpsEndsTheThreadRatherThanTheRecordInHand() {
    again.at(10);
    consumer.setPollException(new TopicAuthorizationException("films"));
    assertThatThrownBy(() -> again.at(10)).isInstanceOf(StreamsException.class);

    SecondReading nowhere =
        new SecondReading(
            PARTITION,
            () -> {
              throw new KafkaException("no resolvable bootstrap urls");
            });
    assertThatThrownBy(() -> nowhere.at(10)).isInstanceOf(StreamsException.class);
  }

  @Test
  void aBrokerThatGoesAwayWhileTheLogsStartIsLookedUpIsAskedAgain() {
    again.at(2);
    consumer.setOffsetsException(new TimeoutException("away"));
    arrive(5);
    assertThat(again.at(2)).isInstanceOf(SecondReading.NotNow.class);
  }

  @Test
  void restsWithoutWhatItHasFetched() {
    again.at(10);
    arrive(10, 11);
    assertHere(10);
    again.rest();
    assertThat(consumer.assignment()).isEmpty();

    assertThat(again.at(11)).isInstanceOf(SecondReading.NotYet.class);
    arrive(11);
    assertHere(11);
  }

  @Test
  void connectsOnlyWhenNeededAndEnds() {
    again.close();
    assertThat(consumer.closed()).isFalse();
    again.at(10);
    again.close();
    assertThat(consumer.closed()).isTrue();
  }

  private void arrive(long... offsets) {
    for (long offset : offsets) {
      consumer.addRecord(
          new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), offset, null, null));
    }
  }

  private void assertHere(long offset) {
    assertThat(again.at(offset))
        .isInstanceOfSatisfying(
            SecondReading.Here.class, here -> assertThat(here.found().offset()).isEqualTo(offset));
  }
}
