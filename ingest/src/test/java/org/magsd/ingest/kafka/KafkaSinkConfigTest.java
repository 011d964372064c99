package org.magsd.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KafkaSinkConfigTest {
  @Test
  void refusesToGoWithoutBrokers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KafkaSinkConfig.of(null, Path.of("blobs")))
        .withMessage("kafka.bootstrap-servers: is missing");
  }
}
