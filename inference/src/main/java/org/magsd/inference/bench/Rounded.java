package org.magsd.inference.bench;

/** Figures to three decimals: more would be noise. */
final class Rounded {
  private Rounded() {}

  static double of(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
