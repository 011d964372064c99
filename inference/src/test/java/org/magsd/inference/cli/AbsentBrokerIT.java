package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service whose brokers are away when it starts. */
@Timeout(180)
class AbsentBrokerIT {
  @TempDir Path folder;

  @Test
  void doesNotKeepAServiceThatIsToldToEnd() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        MagsdProcess service = start("127.0.0.1:" + silent.getLocalPort())) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> service.said().contains("waiting for Kafka at 127.0.0.1:"));

      service.terminate();

      assertThat(service.hasEndedWithin(10)).as("has ended").isTrue();
      assertThat(service.said())
          .contains("told to end before all had been started")
          .doesNotContain("\tat ");
    }
  }

  private MagsdProcess start(String servers) throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("magsd.yaml"),
            """
            kafka: {bootstrap-servers: "%s"}
            http: {port: 0}
            """
                .formatted(servers));
    return MagsdProcess.start(folder.resolve("said"), "run", "--only=fhir", "--config=" + config);
  }
}
