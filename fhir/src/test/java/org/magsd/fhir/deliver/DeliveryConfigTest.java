package org.magsd.fhir.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.security.KeyPairGenerator;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeliveryConfigTest {
  private static final URI SERVER = URI.create("https://fhir.invalid/r4");
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void hasTheContractsDefaults() {
    DeliveryConfig config = DeliveryConfig.to(SERVER);
    assertThat(config.reportsTopic()).isEqualTo("fhir.diagnostic-reports");
    assertThat(config.undeliveredTopic()).isEqualTo("fhir.undelivered");
    assertThat(config.groupId()).isEqualTo("magsd-deliver");
    assertThat(config.authorization()).isEqualTo(new Authorization.None());
    assertThat(config.retry())
        .isEqualTo(
            new RetryPolicy(
                Duration.ofMillis(500), Duration.ofMinutes(1), 1000, Duration.ofHours(1)));
  }

  @Test
  void namesTheKeyAndTheValueItRefuses() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeliveryConfig.to(URI.create("ftp://fhir.invalid")))
        .withMessageContaining("server: 'ftp://fhir.invalid'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeliveryConfig.to(URI.create("/fhir")))
        .withMessageContaining("server: '/fhir'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config(" ", SECOND))
        .withMessageContaining("reportsTopic: ' '");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config("reports", Duration.ZERO))
        .withMessageContaining("requestTimeout: PT0S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RetryPolicy(SECOND, SECOND, 0, SECOND))
        .withMessageContaining("attempts: 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RetryPolicy(SECOND, Duration.ofMillis(1), 1, SECOND))
        .withMessageContaining("longestDelay: PT0.001S");
  }

  @Test
  void refusesAKeyThatSmartDoesNotKnow() throws Exception {
    KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
    curve.initialize(256);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Authorization.PrivateKeyJwt(
                    SERVER, "id", "key", curve.generateKeyPair().getPrivate(), "system/*.cruds"))
        .withMessageContaining("P-384");
  }

  @Test
  void showsNoSecret() {
    Authorization client = new Authorization.ClientSecret(SERVER, "magsd", "hunter2", "s");
    assertThat(client.toString()).contains("magsd").doesNotContain("hunter2");
  }

  private static DeliveryConfig config(String topic, Duration timeout) {
    return new DeliveryConfig(
        SERVER, topic, "u", "g", SECOND, timeout, RetryPolicy.defaults(), new Authorization.None());
  }
}
