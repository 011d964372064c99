package org.magsd.inference.service;

/** Checks of configuration values; each message names the key and the value. */
final class Require {
  private Require() {}

  static <T> T orElse(T value, T fallback) {
    return value == null ? fallback : value;
  }

  static int inRange(String key, int value, int least, int most) {
    that(value >= least && value <= most, key, value, "between " + least + " and " + most);
    return value;
  }

  static void that(boolean holds, String key, Object value, String must) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": " + value + " is not " + must);
    }
  }
}
