package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class GatheredBytesTest {
  private static final Duration SHORT = Duration.ofMillis(50);

  private final ByteBudget budget = new ByteBudget(100);
  private final ByteBudget.Claim claim = budget.open();
  private final GatheredBytes gathered = new GatheredBytes(claim, 200, SHORT);

  @Test
  void givesTheBytesInAnArrayOfTheirLengthForWhichTheClaimHolds() throws Exception {
    add(30);
    add(15);

    assertThat(gathered.whole()).hasValueSatisfying(bytes -> assertThat(bytes).hasSize(45));
    assertThat(held()).isEqualTo(45);
  }

  @Test
  void needsMemoryForBothArraysWhileItGrows() throws Exception {
    add(30);
    ByteBudget.Claim other = budget.open();
    other.grow(71, SHORT); // one more than there is: nobody else may overdraw

    assertThat(gathered.makeRoom(1)).isFalse();

    assertThat(gathered.refusal()).hasValue(GatheredBytes.Refusal.NO_MEMORY);
    assertThat(gathered.whole()).isEmpty();
    other.close();
    assertThat(gathered.makeRoom(1)).as("refused once for all").isFalse();
    assertThat(held()).isZero();
  }

  @Test
  void letsGoOfTooMany() throws Exception {
    add(150);

    assertThat(gathered.makeRoom(51)).isFalse();

    assertThat(gathered.refusal()).isEqualTo(Optional.of(GatheredBytes.Refusal.TOO_MANY));
    assertThat(held()).isZero();
  }

  private void add(int count) throws Exception {
    assertThat(gathered.makeRoom(count)).isTrue();
    gathered.added(count);
  }

  /** Whoever takes more than is free owes, and then others get nothing. */
  private int held() throws InterruptedException {
    for (int held = 0; held <= 200; held++) {
      try (ByteBudget.Claim rest = budget.open();
          ByteBudget.Claim more = budget.open()) {
        rest.grow(100 - held, SHORT);
        if (more.grow(1, Duration.ZERO)) {
          return held;
        }
      }
    }
    throw new AssertionError("more than 200 bytes are held");
  }
}
