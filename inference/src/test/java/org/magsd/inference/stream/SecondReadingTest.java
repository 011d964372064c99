package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SecondReadingTest {
  private static final TopicPartition PARTITION = new TopicPartition("films", 3);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final SecondReading again = new SecondReading(PARTITION, () -> consumer);

  @BeforeEach
  void aLogOfWhichTheFirstFiveAreDeleted() {
    consumer.updateBeginningOffsets(Map.of(PARTITION, 5L));
    consumer.updateEndOffsets(Map.of(PARTITION, 100L));
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
    assertHere(5);
  }

  @Test
  void aBrokerThatIsAwayIsAskedAgain() {
    assertThat(again.at(10)).isInstanceOf(SecondReading.NotYet.class);
    consumer.setPollException(new TimeoutException("away"));
    assertThat(again.at(10)).isInstanceOf(SecondReading.NotYet.class);
    arrive(10);
    assertHere(10);
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
