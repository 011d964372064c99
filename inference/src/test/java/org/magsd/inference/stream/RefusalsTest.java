package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;
import org.magsd.inference.stream.Refusals.Refusal;

class RefusalsTest {
  private static final Refusal TOO_LARGE =
      new Refusal("is too large", RecordTooLargeException.class.getName());

  private final AtomicLong now = new AtomicLong();
  private final Refusals refusals = new Refusals(now::get);
  private final Screened screened = screened("1.1");

  private static Screened screened(String study) {
    byte[] film = FakeScreener.film(study, study + ".1", "assessed", "shadow=normal");
    return new FakeScreener()
        .screen(Arrival.of(new Record<>(study, film, 0), Optional.empty()))
        .toCompletableFuture()
        .join();
  }

  @Test
  void whatIsMadeOfAStudyFailsAfterARefusal() {
    refusals.note("cxr.screenings", "1.1", TOO_LARGE);

    assertThat(refusals.unlessRefused(screened).screening())
        .isEqualTo(new Screening.Failed("is too large", RecordTooLargeException.class.getName()));
    assertThat(refusals.unlessRefused(screened("1.2")).failed()).isFalse();
  }

  @Test
  void whatHasBeenMendedIsTriedAgain() {
    refusals.note("cxr.screenings", "1.1", TOO_LARGE);
    now.addAndGet(TimeUnit.MINUTES.toNanos(11));

    assertThat(refusals.unlessRefused(screened)).isSameAs(screened);
  }

  /** More may have to be refused, a thread's end each, before any of it is committed. */
  @Test
  void aRefusalThatMattersIsNotForgotten() {
    refusals.note("cxr.screenings", "1.1", TOO_LARGE);
    for (int i = 0; i < 5; i++) {
      now.addAndGet(TimeUnit.MINUTES.toNanos(9));
      assertThat(refusals.unlessRefused(screened).failed()).isTrue();
    }
  }

  @Test
  void whatWasTriedAfterARefusalCanBeRefusedToo() {
    refusals.note("fhir.diagnostic-reports", "1.1", TOO_LARGE);
    assertThat(refusals.refusedAgain("fhir.diagnostic-reports", "1.1")).isFalse();

    refusals.note("fhir.diagnostic-reports", "1.1", TOO_LARGE);
    assertThat(refusals.refusedAgain("fhir.diagnostic-reports", "1.1")).isTrue();

    now.addAndGet(TimeUnit.MINUTES.toNanos(11));
    assertThat(refusals.refusedAgain("fhir.diagnostic-reports", "1.1")).isFalse();
    refusals.note("fhir.diagnostic-reports", "1.1", TOO_LARGE);
    assertThat(refusals.refusedAgain("fhir.diagnostic-reports", "1.1")).isFalse();
  }

  @Test
  void aModelUnderTrialDecidesNothing() {
    refusals.note("cxr.screenings.shadow", "1.1", TOO_LARGE);

    Screened told = refusals.unlessRefused(screened);

    assertThat(screened.shadow()).isPresent();
    assertThat(told.shadow()).isEmpty();
    assertThat(told.failed()).isFalse();
  }
}
