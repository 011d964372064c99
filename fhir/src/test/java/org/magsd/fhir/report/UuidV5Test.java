package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class UuidV5Test {
  private static final UUID DNS = UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

  @Test
  void givesTheExampleOfTheRfc() {
    // RFC 9562, appendix A.4.
    assertThat(UuidV5.of(DNS, "www.example.com"))
        .isEqualTo(UUID.fromString("2ed6657d-e927-568b-95e1-2665a8aea6a2"));
  }

  @Test
  void agreesWithOtherImplementations() {
    // Python: uuid.uuid5(uuid.NAMESPACE_DNS, "python.org"), uuid.uuid5(uuid.NAMESPACE_URL, ...).
    assertThat(UuidV5.of(DNS, "python.org"))
        .isEqualTo(UUID.fromString("886313e1-3b8a-5372-9b90-0c9aee199e5d"));
    assertThat(UuidV5.of(UuidV5.URL, "https://magsd.org/fhir"))
        .isEqualTo(UUID.fromString("865da812-7208-538e-8403-c3ba38848d4b"));
    assertThat(UuidV5.of(UuidV5.URL, "胸部"))
        .isEqualTo(UUID.fromString("fababdb4-f123-56ac-8ae3-4a981ec981ab"));
  }

  @Test
  void isOfVersion5AndTheRfcsVariant() {
    for (int i = 0; i < 1000; i++) {
      UUID id = UuidV5.of(DNS, "name " + i);
      assertThat(id.version()).isEqualTo(5);
      assertThat(id.variant()).isEqualTo(2);
    }
  }
}
