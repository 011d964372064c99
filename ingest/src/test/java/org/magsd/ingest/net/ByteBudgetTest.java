package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
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
        CompletableFuture.supplyAsync(() -> grow(second, 80, Duration.ofSeconds(60)));

    first.close();

    assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(budget.open().grow(20, SHORT)).isTrue();
  }

  @Test
  void letsNobodyOverdrawOnTopOfWhatIsOwed() throws Exception {
    ByteBudget.Claim first = budget.open();
    first.grow(150, SHORT);
    ByteBudget.Claim part = first.split(150);
    first.close();

    assertThat(budget.open().grow(1, SHORT)).isFalse();
    part.close();
    assertThat(budget.open().grow(150, SHORT)).isTrue();
  }

  @Test
  void letsAClaimOverdrawForOneObjectAtATime() throws Exception {
    ByteBudget.Claim request = budget.open();
    request.grow(10, SHORT);
    request.grow(150, SHORT);
    ByteBudget.Claim object = request.split(150);

    assertThat(request.grow(1, SHORT)).isFalse();
    object.close();
    assertThat(request.grow(150, SHORT)).isTrue();
  }

  @Test
  void letsAClaimGoOnWhoseOwnBytesAreWhatIsOwed() throws Exception {
    ByteBudget.Claim request = budget.open();
    request.grow(120, SHORT);
    ByteBudget.Claim object = request.split(10);

    assertThat(request.grow(1, SHORT)).isFalse();
    object.close();
    assertThat(budget.open().grow(1, SHORT)).isFalse();
    assertThat(request.grow(1, SHORT)).isTrue();
  }

  @Test
  void givesBackWhatAClaimNoLongerNeeds() throws Exception {
    ByteBudget.Claim first = budget.open();
    first.grow(150, SHORT);

    first.shrink(100);

    assertThat(budget.open().grow(50, SHORT)).isTrue();
    assertThatThrownBy(() -> first.shrink(51)).isInstanceOf(IllegalArgumentException.class);
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
