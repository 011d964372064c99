package org.magsd.trainer.evaluate;

/**
 * How much greater a metric is with one model than with another, on the same films.
 *
 * @param value the difference
 * @param interval its 95 % interval
 */
public record Difference(double value, Interval interval) {}
