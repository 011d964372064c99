package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class FetchSharesTest {
  private static final int MEBIBYTE = 1 << 20;

  @Test
  void partitionsTogetherFetchNoMoreHoweverManyTheyAre() {
    Map<String, Object> settings = new HashMap<>(WatchingClients.settings());
    FetchShares shares = FetchShares.of(settings);
    List<SecondReading> readings = new ArrayList<>();

    for (int partition = 0; partition < 64; partition++) {
      readings.add(SecondReading.of(new TopicPartition("films", partition), settings));
      long together = (long) readings.size() * shares.bytes();
      assertThat(together).isBetween(4L * MEBIBYTE, 64L * MEBIBYTE);
    }

    assertThat(shares.bytes()).isEqualTo(MEBIBYTE);
    readings.forEach(SecondReading::close);
    assertThat(shares.bytes()).isEqualTo(4 * MEBIBYTE);
  }

  @Test
  void anAnswerOfTheBrokerHoldsSeveralFilmsHoweverManyPartitionsThereAre() {
    FetchShares shares = new FetchShares();
    for (int partition = 0; partition < 1_000; partition++) {
      shares.begin(new TopicPartition("films", partition));
    }

    assertThat(shares.bytes()).isEqualTo(MEBIBYTE);
  }
}
