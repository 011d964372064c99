package org.magsd.fhir.deliver;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * When a failed delivery is tried again, and when it is given up.
 *
 * @param firstDelay wait after the first failure; doubles with each further one, less a random part
 *     of up to a half
 * @param longestDelay upper bound of that wait; a longer Retry-After of the server is honoured, by
 *     all reports
 * @param attempts most attempts for one report
 * @param giveUpAfter longest time spent on one report from its turn on, with a last attempt at its
 *     end
 */
public record RetryPolicy(
    Duration firstDelay, Duration longestDelay, int attempts, Duration giveUpAfter) {

  public RetryPolicy {
    requirePositive("firstDelay", firstDelay);
    requirePositive("longestDelay", longestDelay);
    requirePositive("giveUpAfter", giveUpAfter);
    if (longestDelay.compareTo(firstDelay) < 0) {
      throw new IllegalArgumentException(
          "longestDelay: " + longestDelay + " is shorter than firstDelay " + firstDelay);
    }
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: " + attempts + " is less than 1");
    }
  }

  /** Half a second doubling up to a minute, for an hour. */
  public static RetryPolicy defaults() {
    return new RetryPolicy(
        Duration.ofMillis(500), Duration.ofMinutes(1), 1000, Duration.ofHours(1));
  }

  static void requirePositive(String key, Duration value) {
    requireNonNull(value, key);
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(key + ": " + value + " is not a positive duration");
    }
  }
}
