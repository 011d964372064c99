package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.magsd.trainer.labels.ConfirmedLabels;

class LabelSourceTest {
  private static LabelSource.Topic topic(String name, String value) {
    return new LabelSource.Topic(
        "training.labels",
        "kafka:9092",
        Optional.empty(),
        Optional.empty(),
        null,
        null,
        null,
        Map.of(name, value),
        null);
  }

  @Test
  void refusesWhatTheReadingOfATopicWouldPassOver() {
    assertThatThrownBy(() -> topic("bootstrap.servers", "real:9092"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "data.properties.bootstrap.servers: real:9092: must be given as bootstrapServers");
    assertThat(ConfirmedLabels.ownSettings()).contains("fetch.max.bytes");
    for (String name : ConfirmedLabels.ownSettings()) {
      assertThatThrownBy(() -> topic(name, "1"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "data.properties.%s: 1: must be left out: it is set where topics are read"
                  .formatted(name));
    }
  }

  @Test
  void takesWhatReachesTheBrokers() {
    assertThat(topic("security.protocol", "SSL").properties())
        .containsEntry("security.protocol", "SSL");
  }
}
