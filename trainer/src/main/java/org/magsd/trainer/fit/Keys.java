package org.magsd.trainer.fit;

/** How configuration records refuse a value: key, value, and what it may be. */
final class Keys {
  private Keys() {}

  static void require(boolean holds, String key, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": " + value + ": must be " + rule);
    }
  }
}
