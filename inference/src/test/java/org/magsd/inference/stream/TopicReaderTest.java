package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.magsd.inference.service.SeenSettings;

class TopicReaderTest {
  @Test
  void namesAllThatItSetsBesideWhatItIsGiven() {
    Map<String, Object> client = SeenSettings.client();
    TopicReader reader = new TopicReader(client, Duration.ofMillis(10));

    assertThatThrownBy(() -> reader.read("films", record -> {})).isInstanceOf(KafkaException.class);

    Set<String> told = new TreeSet<>(SeenSettings.names());
    told.remove("bootstrap.servers");
    assertThat(told).isEqualTo(TopicReader.ownSettings());
  }
}
