package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

class TopicsTest {
  @Test
  void whatWaitsForPeopleIsKeptForEver() {
    assertThat(configs(1, "dicom.rejected")).containsEntry("retention.ms", "-1");
    assertThat(configs(1, "fhir.undelivered")).containsEntry("retention.ms", "-1");
    assertThat(configs(1, "dicom.instances")).doesNotContainKey("retention.ms");
  }

  @Test
  void withCopiesToSpareTwoAcknowledgeARecord() {
    assertThat(Topics.definitions(1, (short) 3, 1 << 20))
        .allSatisfy(topic -> assertThat(topic.configs()).containsEntry("min.insync.replicas", "2"));
    assertThat(configs(3, "dicom.rejected"))
        .containsEntry("retention.ms", "-1")
        .containsKey("max.message.bytes");
    assertThat(configs(2, "dicom.rejected")).doesNotContainKey("min.insync.replicas");
  }

  private static Map<String, String> configs(int replication, String name) {
    List<NewTopic> topics = Topics.definitions(1, (short) replication, 1 << 20);
    return topics.stream()
        .filter(topic -> topic.name().equals(name))
        .findFirst()
        .orElseThrow()
        .configs();
  }
}
