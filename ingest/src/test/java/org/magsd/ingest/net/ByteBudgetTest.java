package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ByteBudgetTest {
  private static final Duration SHORT = Duration.ofMillis(50);

  private final ByteBudget budget = new ByteBudget(100);

  @Test
  void letsOneClaimOverdrawSoThatSomeoneAlwaysFinishes() throws Exception {
    ByteBudget.Claim first = budget.open();
    ByteBudget.Claim second = budget.open();

    assertThat(first.grow(60, SHORT)).isTrue();
    assertThat(second.grow(40, SHORT)).isTrue();
    assertThat(first.grow(60, SHORT)).isTrue();
    assertThat(second.grow(1, SHORT)).isFalse();
    assertThat(first.grow(60, SHORT)).isTrue();
  }

  @Test
  void givesBackWhatAClaimHeldAndWakesThoseWhoWait() throws Exception {
    ByteBudget.Claim first = budget.open();
    ByteBudget.Claim second = budget.open();
    first.grow(150, SHORT);
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(() -> grow(second, 80, Duration.ofSeconds(10)));

    first.close();

    assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(budget.open().grow(20, SHORT)).isTrue();
  }

  private static boolean grow(ByteBudget.Claim claim, long bytes, Duration patience) {
    try {
      return claim.grow(bytes, patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
