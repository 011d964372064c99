package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  @TempDir private Path folder;

  private Path config(String properties) throws IOException {
    return Files.writeString(
        folder.resolve("train.yaml"),
        """
        name: tiny # of no use
        stages:
          - name: only
            data:
              - {labels: labels.csv}
              - topic: training.labels
                bootstrapServers: kafka:9093
                properties:
                  security.protocol: SASL_SSL
        """
            + properties);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sasl.jaas.config",
        "ssl.truststore.password",
        "SSL.KEY.PASSWORD",
        "ssl.keystore.key",
        "sasl.oauthbearer.client.secret",
        "oauth.access.token"
      })
  void blanksOutWhatOpensTheBroker(String key) throws IOException {
    Path config = config("          " + key + ": hunter2\n");

    String copy = new String(Secrets.without(config).orElseThrow(), StandardCharsets.UTF_8);

    assertThat(copy)
        .doesNotContain("hunter2")
        .contains(key, "SASL_SSL", "labels.csv", "kafka:9093");
    assertThat(config).content().contains("hunter2");
  }

  @Test
  void leavesAConfigurationWithoutSecretsAsItIs() throws IOException {
    assertThat(Secrets.without(config("          ssl.truststore.location: here.p12\n"))).isEmpty();
  }
}
