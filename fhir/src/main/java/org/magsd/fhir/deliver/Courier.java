package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.magsd.fhir.report.Uids;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one report to its end: delivered, superseded, or written to the undelivered topic. Tries
 * as often as the policy says; safe for many threads.
 */
final class Courier {
  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);

  /** How soon a report that waits notices that the server takes others again. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  /** Characters told of why no answer came. */
  private static final int LONGEST_REASON = 300;

  private final FhirServer server;
  private final Undelivered undelivered;
  private final RetryPolicy policy;
  private final DeliveryListener listener;
  private final Clock clock;
  private final Reprieve reprieve = new Reprieve();

  Courier(
      FhirServer server,
      Undelivered undelivered,
      RetryPolicy policy,
      DeliveryListener listener,
      Clock clock) {
    this.server = server;
    this.undelivered = undelivered;
    this.policy = policy;
    this.listener = listener;
    this.clock = clock;
  }

  /**
   * Brings the report to its end.
   *
   * @param stopped when it reaches zero, no further request is sent
   * @return false if it was stopped before
   */
  boolean deliver(ConsumerRecord<byte[], byte[]> message, CountDownLatch stopped)
      throws InterruptedException {
    if (message.value() == null) {
      return true;
    }
    String study = study(message);
    Instant deadline = clock.instant().plus(policy.giveUpAfter());
    Duration left = untilNext(Duration.ZERO, deadline);
    if (!left.isZero()) {
      LOG.info(
          "report of study {} waits {} ms: the server asked to be left alone",
          study,
          left.toMillis());
      pause(Duration.ZERO, deadline, stopped);
    }
    for (int attempts = 1; ; attempts++) {
      Instant begun = clock.instant();
      Attempt attempt = attempt(message, study, stopped);
      if (attempt instanceof Attempt.Delivered) {
        reprieve.end(begun);
        listener.delivered(study, attempts, latency(message));
        return true;
      }
      if (attempt instanceof Attempt.Stopped) {
        return false;
      }
      if (attempt instanceof Attempt.Superseded newer) {
        LOG.info(
            "report of study {}: revision {} is there, revision {} left out",
            study,
            newer.revisionThere(),
            newer.revision());
        reprieve.end(begun);
        listener.superseded(study);
        return true;
      }
      if (attempt instanceof Attempt.Refused refused) {
        if (refused.status().filter(Courier::isAtWork).isPresent()) {
          reprieve.end(begun);
        }
        return giveUp(message, study, refused, attempts, stopped);
      }
      Attempt.Failed failed = (Attempt.Failed) attempt;
      Instant now = clock.instant();
      failed.retryAfter().ifPresent(wish -> reprieve.ask(begun, now, wish));
      if (attempts >= policy.attempts() || !now.isBefore(deadline)) {
        Attempt.Refused tooOften =
            new Attempt.Refused(failed.kind(), failed.status(), failed.outcome());
        return giveUp(message, study, tooOften, attempts, stopped);
      }
      Duration backoff = backoff(attempts);
      LOG.warn(
          "report of study {} not delivered ({}), attempt {} follows in {} ms",
          study,
          why(failed.kind(), failed.status(), failed.outcome()),
          attempts + 1,
          untilNext(backoff, deadline).toMillis());
      listener.retried(study, failed.kind().word());
      pause(backoff, deadline, stopped);
      if (stopped.getCount() == 0) {
        return false;
      }
    }
  }

  /** Whether the server has looked at the report that it refuses, and not at who sends it alone. */
  private static boolean isAtWork(int status) {
    return status != 401 && status != 403;
  }

  /**
   * A failure nobody foresaw counts as a failed attempt, so that it cannot stop the partition; so
   * does a lack of memory for a large report, which is held no longer than the attempt.
   */
  private Attempt attempt(
      ConsumerRecord<byte[], byte[]> message, String study, CountDownLatch stopped)
      throws InterruptedException {
    try {
      OutgoingReport report;
      try {
        report = OutgoingReport.of(new String(message.value(), UTF_8));
      } catch (IllegalArgumentException e) {
        LOG.warn("report of study {} is unreadable: {}", study, e.getMessage());
        return new Attempt.Refused(FailureKind.UNREADABLE, Optional.empty(), "");
      }
      return server.attempt(report, stopped);
    } catch (RuntimeException | Error e) {
      String what = e.getClass().getName();
      LOG.error("report of study {}: {}", study, what);
      return new Attempt.Failed(
          FailureKind.BROKEN_ANSWER, Optional.empty(), Optional.empty(), what);
    }
  }

  /** Written to the undelivered topic, however long the brokers need for it. */
  private boolean giveUp(
      ConsumerRecord<byte[], byte[]> message,
      String study,
      Attempt.Refused refused,
      int attempts,
      CountDownLatch stopped)
      throws InterruptedException {
    Undelivered.Cause cause =
        new Undelivered.Cause(refused.kind(), refused.status(), refused.outcome(), attempts);
    for (int tries = 1; stopped.getCount() > 0; tries++) {
      try {
        undelivered.write(message, cause);
        LOG.error(
            "report of study {} given up after {} attempts: {}",
            study,
            attempts,
            why(refused.kind(), refused.status(), refused.outcome()));
        listener.undelivered(study, refused.kind().word());
        return true;
      } catch (RuntimeException | Error e) {
        // of what is not ours no more than the name: its message may quote the report
        LOG.error(
            "report of study {} {}",
            study,
            e instanceof KafkaException ? e.getMessage() : "not kept: " + e.getClass().getName());
        stopped.await(backoff(tries).toMillis(), TimeUnit.MILLISECONDS);
      }
    }
    return false;
  }

  /**
   * What the log tells. Where the server answered, its status alone: what it says may quote the
   * patient. Where it did not, the outcome is ours or the JDK's.
   */
  private static String why(FailureKind kind, Optional<Integer> status, String outcome) {
    if (status.isPresent()) {
      return kind.word() + " " + status.get();
    }
    String text = outcome.replaceAll("\\p{Cntrl}+", " ");
    return text.isEmpty()
        ? kind.word()
        : kind.word() + ": " + text.substring(0, Math.min(LONGEST_REASON, text.length()));
  }

  /** Until the backoff is over and the server wants to be asked, but no later than the deadline. */
  private Duration untilNext(Duration backoff, Instant deadline) {
    Instant now = clock.instant();
    Instant ready = later(now.plus(backoff), reprieve.until());
    return Duration.between(now, later(now, ready.isBefore(deadline) ? ready : deadline));
  }

  /** Waits so long; what others hear of the server meanwhile counts. */
  private void pause(Duration backoff, Instant deadline, CountDownLatch stopped)
      throws InterruptedException {
    Instant earliest = clock.instant().plus(backoff);
    boolean goOn = true;
    while (goOn) {
      Duration rest = Duration.between(clock.instant(), earliest);
      Duration left = untilNext(rest.isNegative() ? Duration.ZERO : rest, deadline);
      Duration next = left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN;
      // Up to the next millisecond: half of one would be none, over and over.
      goOn = !left.isZero() && !stopped.await(next.toMillis() + 1, TimeUnit.MILLISECONDS);
    }
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** Doubles with each attempt up to the longest; up to a half less, so that lanes spread out. */
  private Duration backoff(int attempts) {
    int doublings = Math.min(attempts - 1, 30);
    long full =
        Math.min(policy.longestDelay().toMillis(), policy.firstDelay().toMillis() << doublings);
    return Duration.ofMillis(full - ThreadLocalRandom.current().nextLong(full / 2 + 1));
  }

  private Duration latency(ConsumerRecord<byte[], byte[]> message) {
    Duration since = Duration.between(Instant.ofEpochMilli(message.timestamp()), clock.instant());
    return since.isNegative() ? Duration.ZERO : since;
  }

  private static String study(ConsumerRecord<byte[], byte[]> message) {
    String key = message.key() == null ? "" : new String(message.key(), UTF_8);
    return Uids.isUid(key) ? key : "unknown";
  }
}
