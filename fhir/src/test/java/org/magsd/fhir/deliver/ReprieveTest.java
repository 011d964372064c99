package org.magsd.fhir.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ReprieveTest {
  private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

  private final Reprieve reprieve = new Reprieve();

  @Test
  void ofTwoWishesAtATimeTheLongerHolds() {
    reprieve.ask(at(0), at(2), Duration.ofSeconds(61));
    reprieve.ask(at(1), at(3), Duration.ofSeconds(5));
    assertThat(reprieve.until()).isEqualTo(at(63));
    reprieve.ask(at(1), at(4), Duration.ofSeconds(90));
    assertThat(reprieve.until()).isEqualTo(at(94));
  }

  @Test
  void aLaterWishTakesThePlaceOfALongerOne() {
    reprieve.ask(at(0), at(2), Duration.ofHours(2));
    reprieve.ask(at(100), at(101), Duration.ofSeconds(9));
    assertThat(reprieve.until()).isEqualTo(at(110));
  }

  @Test
  void endsOnlyWithWhatWasSentAfterTheServerAsked() {
    reprieve.ask(at(0), at(2), Duration.ofSeconds(61));
    reprieve.end(at(1));
    assertThat(reprieve.until()).isEqualTo(at(63));
    reprieve.end(at(3));
    assertThat(reprieve.until()).isBefore(START);
  }

  private static Instant at(long seconds) {
    return START.plusSeconds(seconds);
  }
}
