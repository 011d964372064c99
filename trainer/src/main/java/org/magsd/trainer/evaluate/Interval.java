package org.magsd.trainer.evaluate;

/** A 95 % confidence interval. */
public record Interval(double low, double high) {}
