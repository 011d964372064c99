package org.magsd.inference.model;

import java.time.Duration;

/**
 * How films are gathered into batches.
 *
 * @param maxBatch most films in one run, 1..1024
 * @param maxDelay longest that a film waits for others while the network is in demand, up to 1 s; a
 *     lone film never waits
 * @param queueLimit films waiting at most; beyond, callers wait, 1..65536
 * @param patience longest time for the network's answer to a batch, above 0; then it counts as
 *     hanging and is out of service
 */
public record BatchSettings(int maxBatch, Duration maxDelay, int queueLimit, Duration patience) {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** By how many films an urgent one goes before its turn; no routine one waits for more. */
  public static final int URGENT_HEAD_START = 256;

  /** Batches of 8, 2 ms, 64 waiting. */
  public static final BatchSettings DEFAULT = new BatchSettings(8, Duration.ofMillis(2), 64);

  /** With a minute for the network's answer. */
  public BatchSettings(int maxBatch, Duration maxDelay, int queueLimit) {
    this(maxBatch, maxDelay, queueLimit, PATIENCE);
  }

  public BatchSettings {
    CardRules.require(maxBatch >= 1 && maxBatch <= 1024, "maxBatch", maxBatch, "1..1024");
    CardRules.require(
        maxDelay != null
            && !maxDelay.isNegative()
            && maxDelay.compareTo(Duration.ofSeconds(1)) <= 0,
        "maxDelay",
        maxDelay,
        "0 to 1 s");
    CardRules.require(queueLimit >= 1 && queueLimit <= 65536, "queueLimit", queueLimit, "1..65536");
    CardRules.require(
        patience != null && !patience.isNegative() && !patience.isZero(),
        "patience",
        patience,
        "above 0");
  }
}
